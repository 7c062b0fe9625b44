/** All sequences of one and two operations, with the daemon dead at every point of them: half of them, for half of the time. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { crashInWords, exhaust, planInWords, plansOf } from "../../src/fuzz/exhaustive.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";

export const exhausted = (half: "odd" | "even"): void => {
  void describe(`of all sequences of operations the ${half} ones`, () => {
    it("die at every point, and nothing is lost or left", async (test: TestContext) => {
      const stage = setStage();
      let runs = 0;
      for (const plan of plansOf(2, false).filter((_, index) => (index % 2 === 1) === (half === "odd"))) {
        const { runs: made, found } = await exhaust(plan, { stage, tick });
        runs += made;
        const [first] = found;
        assert.equal(first && `${planInWords(plan)}; ${crashInWords(first.crash)}: ${first.finding}`, undefined);
      }
      test.diagnostic(`${runs} runs`);
      assert.ok(runs > 500, `only ${runs} runs were made`);
    });
  });
};
