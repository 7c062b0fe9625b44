/** Ten lives out of `npm run beat`, with a seed of their own each time; a failure names the one to repeat. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { live } from "../../scripts/beat/life.ts";
import { planOf, tellPlan } from "../../scripts/beat/plan.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const LIVES = 10;
const first = Date.now() % 1_000_000;

describe("a pod's life goes on, and no exit and no line is lost, when", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "beat" });
  });
  after(() => bed.end());

  for (let i = 0; i < LIVES; i++) {
    const plan = planOf(first + i);
    it(tellPlan(plan), async () => {
      const { findings } = await live(bed, plan);
      assert.deepEqual(findings, [], `again: npm run beat -- --seed ${plan.seed} --runs 1`);
    });
  }
});
