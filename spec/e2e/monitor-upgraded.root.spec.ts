/** The short form of `npm run beat -- --upgrades 100`: the same load, for a few upgrades. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { upgradeUnderLoad } from "../../scripts/beat/upgrades.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { seedOfRun } from "../support/seeded.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("the monitor's program, replaced in place", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "upgraded" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  it("ten times while containers write, end and start anew loses no exit, no line and no command", async (t) => {
    const plan = { seed: seedOfRun, upgrades: 10, containers: 6 };
    const { upgrades, containers, lines, findings } = await upgradeUnderLoad(bed, plan, (text) => t.diagnostic(text));
    t.diagnostic(`${containers} containers, ${lines} lines`);
    assert.deepEqual(
      findings,
      [],
      `again: npm run beat -- --seed ${seedOfRun} --upgrades ${upgrades} --containers ${plan.containers}`,
    );
    assert.ok(containers >= plan.containers);
  });
});
