/** `troupe wipe`: refused while anything runs that it is not told to kill, and nothing is left after it. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { isThere } from "../../scripts/demo/witness.ts";
import { tryLock } from "../../src/drivers/linux/flock.ts";
import { troupe } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { twoPods, wiped } from "../support/wipe.ts";

describe("troupe wipe", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "wipe" });
  });
  afterEach(async (spec) => {
    await bed.daemon.start();
    await bed.kubelet.cri.call("PullImage", { image: { image: bed.image } });
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  it("is refused beside the daemon, and while containers run, which it names; they run on", async () => {
    const { pods, inits } = await twoPods(bed);
    const beside = await troupe(bed.place, "wipe", "--force");
    assert.deepEqual([beside.status, beside.text], [3, ""]);
    assert.match(beside.complaint, /^troupe wipe: another troupe serve runs already: .*; stop it first$/m);
    await bed.daemon.stop();
    const refused = await troupe(bed.place, "wipe");
    assert.equal(refused.status, 1);
    assert.match(refused.text, /^these run, so nothing was removed:\n {2}e2e\/shared \([0-9a-f]{64}\)\n/);
    assert.match(refused.text, /^ {2}e2e\/plain\/app \([0-9a-f]{64}\)$/m);
    assert.match(refused.text, /^ {2}e2e\/shared\/app \([0-9a-f]{64}\)$/m);
    assert.doesNotMatch(refused.text, /ended/);
    assert.ok(inits.every(isThere));
    await bed.daemon.start();
    for (const pod of pods) await bed.kubelet.endPod(pod);
    await bed.daemon.stop();
  });

  it("takes pods that run off the node when forced, and leaves the images", async () => {
    const { inits } = await twoPods(bed);
    await bed.daemon.kill();
    await wiped(bed, "--force");
    assert.ok(!inits.some(isThere));
    assert.ok(readdirSync(join(join(bed.place, "root", "images"), "layers")).length > 0);
    await bed.daemon.start();
    const { cri } = bed.kubelet;
    assert.deepEqual(
      [(await cri.call("ListPodSandbox", {})).items, (await cri.call("ListContainers", {})).containers],
      [[], []],
    );
    assert.equal((await cri.call("ListImages", {})).images.length, 1);
    await bed.daemon.stop();
  });

  it("needs no force when nothing runs, and takes the images when told", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("idle"));
    await kubelet.exited(await kubelet.run(pod, "ended", "exit 3"));
    await daemon.stop();
    await wiped(bed, "--images");
    assert.ok(!existsSync(join(bed.place, "root")));
    await wiped(bed);
  });

  it("is done by one at a time, and says how", async () => {
    await bed.daemon.stop();
    const lock = tryLock(join(bed.place, "root", "daemon.lock"));
    const { status, complaint } = await troupe(bed.place, "wipe");
    lock?.release();
    assert.equal(status, 3);
    assert.match(complaint, /root\/daemon\.lock; stop it first/);
    assert.match((await troupe(undefined, "wipe", "--help")).text, /^usage: troupe wipe .*\n[^]*Example/);
    assert.equal((await troupe(bed.place, "wipe", "everything")).status, 2);
  });
});
