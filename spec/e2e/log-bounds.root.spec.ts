import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const MOST_BYTES = 65_536;

describe("a log with log_size_max", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "log-bounds", runtimeSettings: [`log_size_max = ${MOST_BYTES}`] });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  it("never grows beyond it, says what is gone, and keeps the last of what was written", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const id = await kubelet.run(pod, "flood", "seq 100000; exec sleep 1000");
    await kubelet.logged(pod, "flood", "100000");
    const path = join(bed.logs, "pod", "flood.log");
    assert.ok(statSync(path).size <= MOST_BYTES);
    assert.match(readFileSync(path, "utf8"), /^\S+ stderr F troupe: /);
    await bed.daemon.kill();
    await bed.daemon.start();
    assert.match(await kubelet.shell(id, "echo here"), /here/);
    await kubelet.endPod(pod);
  });
});
