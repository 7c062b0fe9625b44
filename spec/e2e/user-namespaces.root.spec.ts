import assert from "node:assert/strict";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { ids, linux, own, podsWithOwnUsers, security } from "../support/own-users.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("a pod with a user namespace of its own, with crun", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "userns", defaultHandler: "crun" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const { run, withPod } = podsWithOwnUsers(() => bed);

  it("has containers whose root is nobody on the host, and everybody inside", () =>
    withPod(async (pod) => {
      const { kubelet } = bed;
      const id = await run(pod, "cat /proc/self/uid_map; exec sleep 1111");
      await kubelet.logged(pod, "app", "         0     200000      65536");
      const { info } = await kubelet.cri.call("ContainerStatus", { container_id: id, verbose: true });
      const { pid } = JSON.parse(info["info"] ?? "") as { pid: number };
      assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Uid:\t200000\t200000/m);
      assert.equal(
        await kubelet.shell(id, "id -u; stat -c %u:%g / /bin/busybox /etc/hosts /etc/resolv.conf /dev/shm"),
        "0\n0:0\n0:0\n0:0\n0:0\n0:0",
      );
      assert.equal(
        await kubelet.shell(id, "touch /new /bin/new && chown 7:7 /new && stat -c %u /new /bin/new"),
        "7\n0",
      );
      assert.equal(
        await kubelet.shell(id, "echo 192.0.2.7 other >> /etc/hosts && tail -n 1 /etc/hosts"),
        "192.0.2.7 other",
      );
    }));

  it("owns its network, its host name and its sysctls", () =>
    withPod(
      async (pod) => {
        const { kubelet } = bed;
        const caps = { capabilities: { add_capabilities: ["NET_ADMIN", "SYS_ADMIN"] } };
        const id = await run(pod, "exec sleep 1111", { linux: { security_context: { ...security, ...caps } } });
        assert.equal(await kubelet.shell(id, "hostname; hostname inside; hostname"), "pod\ninside");
        assert.equal(
          await kubelet.shell(id, "ip link set lo down && ip link set lo up && ip -o link show lo | grep -c UP"),
          "1",
        );
        assert.match(await kubelet.shell(id, "cat /proc/sys/net/ipv4/ping_group_range"), /^0\s+65535$/);
        assert.equal(
          await kubelet.shell(id, "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced"),
          "81\n1",
        );
      },
      {
        linux: {
          ...linux,
          sysctls: {
            "net.ipv4.ping_group_range": "0 2147483647",
            "net.ipv4.ip_unprivileged_port_start": "81",
            "kernel.shm_rmid_forced": "1",
          },
        },
      },
    ));

  it("has a network that the host reaches", () =>
    withPod(async (pod) => {
      const { network } = await bed.kubelet.podStatus(pod);
      await run(pod, "while :; do echo hello | nc -l -p 80; done");
      const greeting = (): Promise<string | undefined> =>
        new Promise((resolve) => {
          const socket = connect(80, network?.ip).on("error", () => resolve(undefined));
          socket.on("data", (words) => {
            resolve(words.toString());
            socket.destroy();
          });
        });
      assert.equal(await eventually("a greeting", 10_000, greeting), "hello\n");
    }));

  it("shares one process namespace, as others do", () =>
    withPod(
      async (pod) => {
        const { kubelet } = bed;
        const shared = { linux: { security_context: { namespace_options: { userns_options: own } } } };
        const one = await kubelet.run(pod, "one", "exec sleep 1111", shared);
        const two = await kubelet.run(pod, "two", "exec sleep 2222", shared);
        assert.match(await kubelet.shell(two, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), /1111/);
        await kubelet.shell(two, "kill $(grep -l '^sleep.1111' /proc/[0-9]*/cmdline | cut -d/ -f3)");
        assert.equal((await kubelet.exited(one)).exit_code, 143);
      },
      { linux: { security_context: { namespace_options: { userns_options: own } } } },
    ));

  it("has volumes whose files are root's on both sides", () =>
    withPod(async (pod) => {
      const { kubelet, place } = bed;
      const volume = join(place, "volume");
      const secret = join(place, "inner");
      mkdirSync(volume, { recursive: true });
      mkdirSync(secret, { mode: 0o700 });
      writeFileSync(join(volume, "of-seven"), "");
      chownSync(join(volume, "of-seven"), 7, 7);
      writeFileSync(join(secret, "word"), "hidden");
      const mapped = { uidMappings: ids, gidMappings: ids };
      const mounts = [
        { container_path: "/data", host_path: volume, ...mapped },
        { container_path: "/read", host_path: secret, readonly: true, ...mapped, mount_options: ["noexec", "nosuid"] },
        { container_path: "/plain", host_path: volume },
      ];
      const id = await run(pod, "exec sleep 1111", { mounts });
      assert.equal(
        await kubelet.shell(id, "touch /data/new; stat -c %u:%g /data/new /data/of-seven; cat /read/word"),
        "0:0\n7:7\nhidden",
      );
      assert.equal(
        await kubelet.shell(id, "stat -c %u /plain/of-seven; touch /plain/x /read/x 2>&1 | wc -l"),
        "65534\n2",
      );
      assert.match(await kubelet.shell(id, "grep ' /read ' /proc/mounts"), / ro,(?=.*noexec)(?=.*nosuid)/);
      assert.equal(statSync(join(volume, "new")).uid, 0);
      const { mounts: told } = await kubelet.status(id);
      assert.deepEqual(
        told.map(({ uidMappings }) => uidMappings.length),
        [1, 1, 0],
      );
      for (const directory of [volume, secret]) rmSync(directory, { recursive: true });
    }));

  it("has streams that its programs open anew, for init, commands and other users", () =>
    withPod(async (pod) => {
      const { kubelet } = bed;
      const id = await run(pod, "echo out > /dev/stdout; echo err > /dev/stderr; exec sleep 1111");
      await kubelet.logged(pod, "app", "out");
      await kubelet.logged(pod, "app", "err");
      assert.equal(await kubelet.shell(id, "echo said > /dev/stdout"), "said");
      await kubelet.remove(id);
      const user = { run_as_user: { value: "1000" } };
      const other = await run(pod, "echo mine > /dev/stdout; exec sleep 1111", {
        linux: { security_context: { ...security, ...user } },
      });
      await kubelet.logged(pod, "app", "mine");
      assert.equal(await kubelet.shell(other, "id -u; echo said > /dev/stdout"), "1000\nsaid");
    }));

  it("has terminals", () =>
    withPod(async (pod) => {
      const id = await run(pod, `test -t 1 && echo terminal > /dev/tty && touch /seen; exec sleep 1111`, { tty: true });
      const seen = (): Promise<true | undefined> =>
        bed.kubelet.exec(id, "test", "-e", "/seen").then(({ code }) => code === 0 || undefined);
      await eventually("a terminal", 10_000, seen);
      await bed.kubelet.remove(id);
    }));

  it("lives through the daemon's death, and through another monitor", () =>
    withPod(async (pod) => {
      const { kubelet, daemon } = bed;
      const id = await run(pod, "exec sleep 1111");
      await daemon.kill();
      await daemon.start();
      assert.equal((await kubelet.podStatus(pod)).state, PodSandboxState.SANDBOX_READY);
      assert.equal((await kubelet.status(id)).state, ContainerState.CONTAINER_RUNNING);
      const two = await kubelet.run(pod, "two", "exec sleep 2222", { linux });
      const link = "readlink /proc/self/ns/user; readlink /proc/self/ns/net";
      assert.equal(await kubelet.shell(two, link), await kubelet.shell(id, link));
    }));

  it("may be in the host's network, of which it changes nothing", async () => {
    const { kubelet } = bed;
    const options = { ...security.namespace_options, network: NamespaceMode.NODE };
    const shared = {
      linux: { security_context: { namespace_options: options, capabilities: { add_capabilities: ["NET_ADMIN"] } } },
    };
    const pod = await kubelet.runPod(
      kubelet.podConfig("pod", { linux: { security_context: { namespace_options: options } } }),
    );
    const id = await kubelet.run(pod, "app", "exec sleep 1111", shared);
    assert.match(await kubelet.shell(id, "ip -o link"), /cni/);
    assert.deepEqual((await kubelet.shell(id, "ls /sys/class/net")).split("\n"), readdirSync("/sys/class/net"));
    assert.match(
      await kubelet.shell(id, "ip link set lo down 2>&1; echo 1 > /sys/class/net/lo/mtu 2>&1; true"),
      /denied|not permitted/,
    );
    await kubelet.endPod(pod);
  });

  it("is counted, and its limits are changed, as of other pods", () =>
    withPod(async (pod) => {
      const { kubelet } = bed;
      const id = await run(pod, "dd if=/dev/zero of=/large bs=1M count=2; exec sleep 1111");
      const written = async (): Promise<bigint | undefined> => {
        const { stats } = await kubelet.cri.call("ContainerStats", { container_id: id });
        const bytes = BigInt(stats?.writable_layer?.used_bytes?.value ?? 0);
        return bytes >= 2_097_152n ? bytes : undefined;
      };
      await eventually("the layer counted", 20_000, written);
      const { stats } = await kubelet.cri.call("PodSandboxStats", { pod_sandbox_id: pod.id });
      assert.equal(stats?.linux?.network?.default_interface?.name, "eth0");
      const resources = { memory_limit_in_bytes: String(64 * 1024 * 1024) };
      await kubelet.cri.call("UpdateContainerResources", { container_id: id, linux: resources });
      const { resources: now } = await kubelet.status(id);
      assert.equal(now?.linux?.memory_limit_in_bytes, resources.memory_limit_in_bytes);
    }));

  it("is a pod like others where its container does not say that it has one", () =>
    withPod(async (pod) => {
      const id = await run(pod, "exec sleep 1111", { linux: { security_context: bed.kubelet.security } });
      assert.match(await bed.kubelet.shell(id, "cat /proc/self/uid_map"), /200000/);
    }));
});
