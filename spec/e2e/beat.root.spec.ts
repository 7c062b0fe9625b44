/** Ten lives out of `npm run beat`, with a seed of their own each time; a failure names the one to repeat. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { beatBed, type BeatBed } from "../../scripts/beat/bed.ts";
import { live } from "../../scripts/beat/life.ts";
import { planOf, tellPlan } from "../../scripts/beat/plan.ts";
import { tellHits } from "../../scripts/beat/tally.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { seedOfRun } from "../support/seeded.ts";

const LIVES = 10;

describe("a pod's life goes on, and no exit and no line is lost, when", inTestNode, () => {
  let beat: BeatBed;
  before(async () => {
    beat = await beatBed();
  });
  afterEach((spec) => beat.bed.leavesNothing(spec));
  after(() => beat.bed.end());

  for (let i = 0; i < LIVES; i++) {
    const plan = planOf(seedOfRun + i);
    it(tellPlan(plan), async (t) => {
      const { findings, hits } = await live(beat.bed, beat.gate, plan);
      t.diagnostic(tellHits(hits));
      assert.deepEqual(findings, [], `again: npm run beat -- --seed ${plan.seed} --runs 1`);
    });
  }
});
