/** Checkpoints by the real criu, which needs an older kernel than many a host has: 3.17 does not know the vDSO of Linux 6.18. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { hostNetwork, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { inVm } from "./support/in-vm.ts";

const counting =
  "mkdir /made; echo new > /made/file; rm /etc/passwd; i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done";

describe("with criu on this node", inVm, () => {
  let bed: TestBed;
  let dir: string;
  before(async () => {
    dir = mkdtempSync("/var/tmp/troupe-checkpoints-");
    bed = await testBed({ name: "checkpoint", network: false, cgroupManager: "systemd" });
  });
  after(async () => {
    rmSync("/run/criu.kdat", { force: true }); // criu's own, about this kernel
    await bed.end();
    rmSync(dir, { recursive: true });
  });

  const running = async (handler: string): Promise<{ pod: Pod; id: string }> => {
    const { kubelet } = bed;
    const linux = { security_context: { namespace_options: hostNetwork } };
    const pod = await kubelet.runPod(kubelet.podConfig(`pod-${handler}`, { linux }), { handler });
    const id = await kubelet.run(pod, "app", counting, { linux });
    await kubelet.logged(pod, "app", "3");
    return { pod, id };
  };
  const checkpoint = (container_id: string, location: string): Promise<unknown> =>
    bed.kubelet.cri.call("CheckpointContainer", { container_id, location, timeout: "600" });

  /** With its options: criu would set it anew. */
  const hostsCgroups = (): string | undefined =>
    /^.* cgroup2 .*$/m.exec(readFileSync("/proc/1/mountinfo", "utf8"))?.[0];

  it("runc writes a running container to an archive, twice, and it counts on", async () => {
    const { kubelet } = bed;
    const mount = hostsCgroups();
    assert.match(mount ?? "", /nsdelegate,memory_recursiveprot/);
    const { pod, id } = await running("runc");
    for (const name of ["one.tar", "two.tar"]) {
      const location = join(dir, name);
      await checkpoint(id, location);
      const said = kubelet.log(pod, "app").length;
      assert.equal(statSync(location).mode & 0o777, 0o600);
      const files = execFileSync("tar", ["-tf", location], { encoding: "utf8" }).trim().split("\n");
      for (const file of ["checkpoint/inventory.img", "checkpoint/pages-1.img", "config.dump", "spec.dump", "dump.log"])
        assert.ok(files.includes(file), `${file} is in ${files.join(" ")}`);
      const gone = execFileSync("tar", ["-xOf", location, "deleted.files"], { encoding: "utf8" });
      assert.equal(gone, '["/etc/passwd"]');
      await kubelet.logged(pod, "app", String(said + 3));
      assert.equal((await kubelet.status(id)).state, 1);
    }
    assert.deepEqual(readdirSync(dir).toSorted(), ["one.tar", "two.tar"]);
    assert.equal(hostsCgroups(), mount);
    await kubelet.endPod(pod);
  });

  it("a stop calls a checkpoint off, which leaves nothing", async () => {
    const { kubelet } = bed;
    const { pod, id } = await running("runc");
    const place = join(dir, "off");
    mkdirSync(place);
    const ended = checkpoint(id, join(place, "off.tar")).then(
      () => "written",
      (error: unknown) => String(error),
    );
    await kubelet.stop(id, 0);
    assert.match(await ended, /CheckpointContainer|interrupted|written/);
    if ((await ended) !== "written") assert.deepEqual(readdirSync(place), []);
    assert.equal((await kubelet.status(id)).state, 2);
    await kubelet.endPod(pod);
  });

  it("crun as Debian builds it says that it has no criu", async () => {
    const { kubelet } = bed;
    const { pod, id } = await running("crun");
    await assert.rejects(checkpoint(id, join(dir, "crun.tar")), {
      code: "UNIMPLEMENTED",
      message: /built without criu.*unknown command checkpoint/,
    });
    assert.ok(!existsSync(join(dir, "crun.tar")));
    await kubelet.endPod(pod);
  });
});
