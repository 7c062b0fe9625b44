/** Where a sequence of operations can be cut by a death of the daemon. All of them are: exhaustive-odd and exhaustive-even. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashInWords, exhaust, runPlan } from "../../src/fuzz/exhaustive.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";

describe("a sequence of operations", () => {
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
