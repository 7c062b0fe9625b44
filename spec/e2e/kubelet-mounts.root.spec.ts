import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

/** Files as a kubelet keeps them for a pod. */
const place = (handler: string): string => `/run/kubelet-${handler}`;

for (const handler of ["crun", "runc"])
  describe(`what a kubelet mounts and grants, with ${handler}`, inTestNode, () => {
    const at = (name: string): string => join(place(handler), name);
    let bed: TestBed;
    let pod: Pod;
    before(async () => {
      mkdirSync(place(handler));
      writeFileSync(at("etc-hosts"), "192.0.2.7\tof-the-kubelet\n");
      bed = await testBed({ name: `kubelet-${handler}`, defaultHandler: handler });
      pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
      rmSync(place(handler), { recursive: true });
    });
    /** What a container says, and what its status says of its mounts. */
    const ran = async (script: string, more: AppConfig) => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "app", script, more);
      await kubelet.exited(id);
      const { mounts } = await kubelet.status(id);
      const lines = kubelet.log(pod, "app");
      await kubelet.remove(id);
      rmSync(join(bed.logs, "pod/app.log"));
      return { lines, mounts };
    };

    it("the kubelet's /etc/hosts takes the place of ours", async () => {
      const mounts = [{ container_path: "/etc/hosts", host_path: at("etc-hosts") }];
      assert.deepEqual((await ran("cat /etc/hosts", { mounts })).lines, ["192.0.2.7\tof-the-kubelet"]);
    });

    it("the termination message is found where the status says, though the image has no such file", async () => {
      const file = at("termination");
      writeFileSync(file, "", { mode: 0o666 });
      const container_path = "/dev/termination-log";
      const { mounts } = await ran("echo why > /dev/termination-log", {
        mounts: [{ container_path, host_path: file }],
      });
      const found = mounts.find((mount) => mount.container_path === container_path)?.host_path ?? "";
      assert.equal(readFileSync(found, "utf8"), "why\n");
      rmSync(file);
    });

    it("a mount source that the host lacks is made, a directory for root alone to write to", async () => {
      const mounts = [{ container_path: "/data", host_path: at("a/b") }];
      assert.deepEqual((await ran("touch /data/x && ls /data", { mounts })).lines, ["x"]);
      assert.equal(statSync(at("a/b")).mode & 0o7777, 0o755);
      assert.ok(existsSync(at("a/b/x")));
      rmSync(at("a"), { recursive: true });
    });

    it("ambient capabilities are kept by a program that is not root, others are not", async () => {
      const capabilities = { add_capabilities: ["CHOWN"], add_ambient_capabilities: ["NET_BIND_SERVICE"] };
      const security_context = { ...bed.kubelet.security, run_as_user: { value: "1000" }, capabilities };
      const script = "awk '/^Cap(Eff|Amb):/ { print $2 }' /proc/self/status";
      const bit = (1 << 10).toString(16).padStart(16, "0");
      assert.deepEqual((await ran(script, { linux: { security_context } })).lines, [bit, bit]);
    });

    it("a volume that is to be labelled for SELinux is taken as it is on a host without", async () => {
      const mounts = [{ container_path: "/etc/hosts", host_path: at("etc-hosts"), selinux_relabel: true }];
      const seen = await ran("true", { mounts });
      assert.equal(seen.mounts[0]?.selinux_relabel, true);
    });
  });
