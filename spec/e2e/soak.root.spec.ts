/** A minute of `npm run soak`, with a seed of its own each time: whether it is flat only a longer one can tell. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { soak } from "../../scripts/soak/soak.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { seedOfRun } from "../support/seeded.ts";

const MINUTES = 0.6;
const PODS = 6;

describe("a node in use", inTestNode, () => {
  it("is empty after each round, loses no exit and no line by the deaths of daemon and monitor, and keeps nothing", async (t) => {
    const done = await soak({ minutes: MINUTES, pods: PODS, seed: seedOfRun, tell: (text) => t.diagnostic(text) });
    assert.ok(done.pods >= PODS);
    const again = `again: npm run soak -- --minutes ${MINUTES} --pods ${PODS} --seed ${seedOfRun}`;
    assert.deepEqual(done.findings, [], again);
  });
});
