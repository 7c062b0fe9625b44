/** All sequences of one and two operations, with the daemon dead at every point of them. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { crashInWords, exhaust, planInWords, plansOf, runPlan } from "../../src/fuzz/exhaustive.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";

describe("a sequence of operations", () => {
  it("dies at every point, and nothing is lost or left", async (test: TestContext) => {
    const stage = setStage();
    let runs = 0;
    for (const plan of plansOf(2, false)) {
      const { runs: made, found } = await exhaust(plan, { stage, tick });
      runs += made;
      const [first] = found;
      assert.equal(first && `${planInWords(plan)}; ${crashInWords(first.crash)}: ${first.finding}`, undefined);
    }
    test.diagnostic(`${runs} runs`);
    assert.ok(runs > 1_000, `only ${runs} runs were made`);
  });

  it("has its points between any two moves, and around each synchronous step", async () => {
    const plan = { beginning: "ready", operations: ["remove sandbox"], atOnce: true } as const;
    const { points, findings } = await runPlan(plan, undefined, { stage: setStage(), tick });
    assert.deepEqual(findings, []);
    assert.ok(points.some((point) => "between" in point && point.effective));
    assert.ok(points.some((point) => "step" in point && point.fate === 4));
  });

  it("really dies there", async () => {
    const plan = { beginning: "running", operations: ["stop"], atOnce: true } as const;
    const stage = setStage();
    const { points } = await runPlan(plan, undefined, { stage, tick });
    for (const point of points) {
      let deaths = 0;
      const died = (): void => void deaths++;
      await runPlan(plan, point, { stage, tick, watcher: { died } });
      assert.equal(deaths, 1, crashInWords(point));
    }
  });

  it("is left out where an operation finds nothing to be done to", async () => {
    const plan = { beginning: "nothing", operations: ["start"], atOnce: true } as const;
    assert.deepEqual(await exhaust(plan, { stage: setStage(), tick }), { runs: 0, found: [] });
  });
});
