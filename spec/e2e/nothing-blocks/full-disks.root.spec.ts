import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Bystanders, prompt } from "../../support/bystanders.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { withFullRun, withReadOnly, withSmallDisk } from "../../support/small-disk.ts";
import { testBed, type TestBed } from "../../support/test-bed.ts";

const mib = 1 << 20;
/** A memory file system beside /run, for logs, which lie on another disk than what runs. */
const logs = "/srv";

describe("disks of Troupe's own that take nothing more", inTestNode, () => {
  let bed: TestBed;
  let root: string;
  before(async () => {
    execFileSync("mount", ["-t", "tmpfs", "logs", logs]);
    bed = await testBed({ name: "disks" });
    root = join(bed.place, "root");
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    execFileSync("umount", [logs]);
  });

  it("/var/lib/troupe full: who asks for a container is refused in words at once, all that runs goes on and goes", async () => {
    const { kubelet } = bed;
    await withSmallDisk(bed.daemon, root, { bytes: 32 * mib, inodes: 4000 }, async (disk) => {
      await kubelet.cri.call("PullImage", { image: { image: bed.image } });
      const bystanders = await Bystanders.gather(bed, 2, logs);
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      disk.fill("bytes");
      disk.fill("inodes");
      await bystanders.goOn();
      disk.fill("bytes"); // what their ends have freed
      disk.fill("inodes");
      const refused = assert.rejects(kubelet.create(pod, kubelet.appConfig("app", "exit 4")), {
        code: "RESOURCE_EXHAUSTED",
        message: /^CreateContainer of app in e2e\/pod: .*no space left on device/i,
      });
      await prompt("CreateContainer", refused);
      await bystanders.goOn();
      disk.resize({ bytes: 32 * mib, inodes: 4000 });
      const app = await kubelet.run(pod, "app", "exit 4");
      assert.equal((await kubelet.exited(app)).exit_code, 4);
      await kubelet.endPod(pod);
    });
  });

  it("/var/lib/troupe read-only: all that runs goes on and stops; removals say what they wait for, and are done when it is writable", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2, logs);
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await withReadOnly(root, async () => {
      await bystanders.goOn({ removal: false });
      const removal = kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 2500 });
      await assert.rejects(removal, {
        code: "DEADLINE_EXCEEDED",
        message:
          /^RemoveContainer of app in e2e\/pod: .* is removing\.\S+, it waits for .*last trouble: .*read-only file system/i,
      });
      await bystanders.goOn({ removal: false });
      await prompt("StopPodSandbox", kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }));
    });
    const { items } = await kubelet.cri.call("ListPodSandbox", {});
    for (const each of items) await kubelet.endPod(each);
  });

  it("/run full: an exec is refused in words at once, all else of what runs goes on and goes", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2, logs);
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await withFullRun(bed.place, async () => {
      const refused = assert.rejects(kubelet.shell(app, "echo on"), {
        message: /^ExecSync in app: .*no space left on device/i,
      });
      await prompt("ExecSync", refused);
      await bystanders.goOn({ exec: false });
    });
    assert.equal(await kubelet.shell(app, "echo on"), "on");
    await withFullRun(bed.place, async () => {
      await bystanders.goOn({ exec: false });
      await kubelet.endPod(pod);
    });
  });
});
