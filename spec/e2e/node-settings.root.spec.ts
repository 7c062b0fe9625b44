import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

/** What an operator puts beside the settings: hooks, CDI documents, mounts.conf and what they name. */
const place = (name: string): string => `/run/node-${name}`;
const beside = (name: string): void => {
  const at = place(name);
  for (const folder of ["hooks", "cdi", "secrets"]) mkdirSync(join(at, folder), { recursive: true });
  writeFileSync(join(at, "secrets/key"), "secret\n");
  writeFileSync(join(at, "mounts.conf"), `${at}/secrets:/run/secrets\n`);
  const hook = { path: "/bin/sh", args: ["sh", "-c", `cat > ${at}/hooked`] };
  const when = { annotations: { "^hook\\.me$": "yes" } };
  writeFileSync(join(at, "hooks/10.json"), JSON.stringify({ version: "1.0.0", hook, when, stages: ["createRuntime"] }));
  writeFileSync(
    join(at, "cdi/vendor.yaml"),
    `
cdiVersion: 0.7.0
kind: vendor.com/toy
containerEdits: { env: [KIND=toy] }
devices:
  - name: bear
    containerEdits:
      env: [TOY=bear]
      deviceNodes: [{ path: /dev/bear, hostPath: /dev/zero, permissions: r }]
      mounts: [{ hostPath: ${at}/secrets, containerPath: /toys, options: [ro, nosuid, rbind] }]
      hooks: [{ hookName: createRuntime, path: /bin/sh, args: [sh, -c, "cat > ${at}/toyed"] }]
      additionalGids: [777]
`,
  );
};

for (const handler of ["crun", "runc"])
  describe(`the node's settings for containers, with ${handler}`, inTestNode, () => {
    const at = place(handler);
    let bed: TestBed;
    let pod: Pod;
    before(async () => {
      beside(handler);
      bed = await testBed({
        name: `set-${handler}`,
        defaultHandler: handler,
        runtimeSettings: [
          'default_ulimits = ["nofile=2000:3000", "core=0"]',
          'default_sysctls = ["kernel.shmmni=1234", "net.ipv4.ip_unprivileged_port_start=99"]',
          "enable_unprivileged_ports = true",
          "enable_unprivileged_icmp = true",
          'default_capabilities = ["CHOWN", "KILL"]',
          'default_env = ["NODE=node", "BOTH=node"]',
          'additional_devices = ["/dev/zero:/dev/nought:rw"]',
          'allowed_devices = ["/dev/full"]',
          "device_ownership_from_security_context = true",
          `cdi_spec_dirs = ["${at}/cdi"]`,
          `hooks_dir = ["${at}/hooks"]`,
          `default_mounts_file = "${at}/mounts.conf"`,
          `absent_mount_sources_to_reject = ["${at}/precious"]`,
        ],
        handlerSettings: [
          "privileged_without_host_devices = true",
          'allowed_annotations = ["devices.crio.io", "shm-size.crio.io", "umask.crio.io"]',
        ],
      });
      pod = await bed.kubelet.runPod(
        bed.kubelet.podConfig("pod", {
          annotations: {
            "devices.crio.io": "/dev/full:/dev/brim:rw",
            "shm-size.crio.io": "8Mi",
            "umask.crio.io": "027",
          },
          linux: { security_context: { ...bed.kubelet.security, privileged: true } },
        }),
      );
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
      rmSync(at, { recursive: true });
    });

    const seen = async (more: AppConfig, script: string): Promise<readonly string[]> => {
      const id = await bed.kubelet.run(pod, "app", "sleep 60", more);
      const said = await bed.kubelet.shell(id, script);
      await bed.kubelet.remove(id);
      return said.split("\n");
    };

    it("limits, capabilities and variables are the operator's where pod and image say nothing", async () => {
      const script = "ulimit -Hn; ulimit -Hc; awk '/^CapEff/ { print $2 }' /proc/self/status; echo $NODE $BOTH";
      const envs = [{ key: "BOTH", value: Buffer.from("pod") }];
      assert.deepEqual(await seen({ envs }, script), ["3000", "0", "0000000000000021", "node pod"]);
    });

    it("sysctls of the node are set in every pod, the list before the switches", async () => {
      const files = "kernel/shmmni net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range";
      assert.deepEqual(await seen({}, `cd /proc/sys; cat ${files} | tr '\\t' ' '`), ["1234", "99", "0 2147483647"]);
    });

    it("devices of the node are in every container, and others by an annotation that the operator allows", async () => {
      const script = "head -c 3 /dev/nought | wc -c; echo x > /dev/brim || echo full; ls /dev/kmsg || echo none";
      assert.deepEqual(await seen({}, `exec 2> /dev/null; ${script}`), ["3", "full", "none"]);
    });

    it("a device belongs to the user that the pod runs as", async () => {
      const devices = [{ container_path: "/dev/mine", host_path: "/dev/zero", permissions: "rw" }];
      const user = { run_as_user: { value: "1000" }, run_as_group: { value: "2000" } };
      const more = { devices, linux: { security_context: { ...bed.kubelet.security, ...user } } };
      assert.deepEqual(await seen(more, "stat -c '%u %g' /dev/mine /dev/nought"), ["1000 2000", "0 0"]);
    });

    it("a privileged container sees none of the host's devices where its handler says so", async () => {
      const more = { linux: { security_context: { ...bed.kubelet.security, privileged: true } } };
      assert.deepEqual(await seen(more, "ls /dev/kmsg 2> /dev/null || echo none"), ["none"]);
    });

    it("mounts.conf gives each container a copy, and the host's files stay as they are", async () => {
      assert.deepEqual(await seen({}, "cat /run/secrets/key; echo mine > /run/secrets/key; cat /run/secrets/key"), [
        "secret",
        "mine",
      ]);
      assert.equal(readFileSync(join(at, "secrets/key"), "utf8"), "secret\n");
    });

    it("a mount source that is never to be made is not made", async () => {
      const mounts = [{ container_path: "/m", host_path: join(at, "precious") }];
      await assert.rejects(seen({ mounts }, "true"), {
        message: /precious is not there, and absent_mount_sources_to_reject has it/,
      });
    });

    it("a hook runs for the containers that its conditions name, and for no others", async () => {
      await seen({}, "true");
      assert.throws(() => readFileSync(join(at, "hooked")), { code: "ENOENT" });
      await seen({ annotations: { "hook.me": "yes" } }, "true");
      assert.match(readFileSync(join(at, "hooked"), "utf8"), /"status": ?"(created|creating)"/);
      rmSync(join(at, "hooked"));
    });

    it("a hook that cannot be understood stops creations, naming its file", async () => {
      const file = join(at, "hooks/20.json");
      writeFileSync(file, "{}");
      await assert.rejects(seen({}, "true"), {
        message: /OCI hook .*20\.json cannot be used: its version is undefined/,
      });
      rmSync(file);
    });

    it("a CDI device brings its nodes, mounts, variables, groups and hooks", async () => {
      const script = "echo $KIND $TOY; cat /toys/key; head -c 2 /dev/bear | wc -c; id -G";
      assert.deepEqual(await seen({ CDI_devices: [{ name: "vendor.com/toy=bear" }] }, `exec 2> /dev/null; ${script}`), [
        "toy bear",
        "secret",
        "2",
        "0 777",
      ]);
      assert.match(readFileSync(join(at, "toyed"), "utf8"), /"id"/);
      rmSync(join(at, "toyed"));
    });

    // Another version of runc than the one that Debian 12 has would do as well.
    if (handler === "crun")
      it("a pod with users of its own has them, too, and may read and write what is its own", async () => {
        const ids = [{ container_id: 0, host_id: 200_000, length: 65_536 }];
        const userns_options = { mode: NamespaceMode.POD, uids: ids, gids: ids };
        const linux = { security_context: { namespace_options: { pid: NamespaceMode.CONTAINER, userns_options } } };
        const own = await bed.kubelet.runPod(
          bed.kubelet.podConfig("own", { annotations: { "shm-size.crio.io": "8Mi" }, linux }),
        );
        const CDI_devices = [{ name: "vendor.com/toy=bear" }];
        const id = await bed.kubelet.run(own, "app", "sleep 60", { linux, CDI_devices });
        const said = async (script: string): Promise<readonly string[]> =>
          (await bed.kubelet.shell(id, script)).split("\n");
        assert.deepEqual(
          await said("cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range | tr '\\t' ' '"),
          ["99", "0 65535"],
        );
        const secret = "cat /run/secrets/key; echo mine > /run/secrets/key; cat /run/secrets/key";
        assert.deepEqual(await said(secret), ["secret", "mine"]);
        assert.deepEqual(await said("df -k /dev/shm | tail -1 | awk '{ print $2 }'; stat -c %u:%g /dev/shm"), [
          "8192",
          "0:0",
        ]);
        assert.deepEqual(
          await said("echo $TOY; cat /toys/key; head -c 2 /dev/bear | wc -c; head -c 3 /dev/nought | wc -c"),
          ["bear", "secret", "2", "3"],
        );
        await bed.kubelet.endPod(own);
        rmSync(join(at, "toyed"));
      });

    it("/dev/shm and the umask are as large and as strict as the pod's annotations ask", async () => {
      const script = "df -k /dev/shm | tail -1 | awk '{ print $2 }'; grep Umask /proc/1/status";
      assert.deepEqual(await seen({}, script), ["8192", "Umask:\t0027"]);
    });
  });
