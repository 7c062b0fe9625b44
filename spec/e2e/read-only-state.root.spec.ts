import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { testImage } from "../support/busybox-image.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { withReadOnly } from "../support/small-disk.ts";
import { stageRegistry } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("a state directory that is read-only", inTestNode, () => {
  let fake: FakeRegistry;
  let bed: TestBed;
  let root: string;
  before(async () => {
    fake = await stageRegistry(
      new Map([["small", { image: testImage([tar([{ name: "file", content: randomBytes(1000) }])]) }]]),
    );
    bed = await testBed({ name: "ro", registries: [fake.host] });
    root = join(bed.place, "root");
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    await fake[Symbol.asyncDispose]();
  });

  it("pulls and creations are refused in words; what runs is served and stops, and goes when it is writable again", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await withReadOnly(root, async () => {
      const readOnly = /read-only file system/i;
      const small = { image: { image: `${fake.host}/small:tag` } };
      await assert.rejects(kubelet.cri.call("PullImage", small), { message: readOnly });
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("another", "true")), { message: readOnly });
      assert.equal(await kubelet.shell(app, "echo on"), "on");
      await kubelet.stop(app, 0);
      assert.equal((await kubelet.status(app)).exit_code, 137);
      const removal = kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 2500 });
      await assert.rejects(removal, { code: "DEADLINE_EXCEEDED", message: readOnly });
    });
    await kubelet.remove(app);
    await kubelet.endPod(pod);
  });

  it("a daemon does not start on it, and says what it needs; containers run on, and the next one has them", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await daemon.kill();
    await withReadOnly(root, async () => {
      const { status, said } = await daemon.startTwice();
      assert.equal(status, 1);
      assert.match(said, /troupe serve: .*\/root\S* .*read-only file system.*writable/i);
    });
    await daemon.start();
    assert.equal(await kubelet.shell(app, "echo on"), "on");
    await kubelet.endPod(pod);
  });
});
