/** Simulated lives of a pod, with faults and deaths: of fixed seeds, and for some seconds of fresh ones. */
import assert from "node:assert/strict";
import { createHash, randomInt } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { Coverage } from "../../src/fuzz/coverage.ts";
import { gapsOf } from "../../src/fuzz/gaps.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";

const FIXED = 200;
const FRESH_MS = 5_000;
const MOST_FRESH = 300;

/** One text for all that happened, to the byte. */
const traceOf = async (seed: number): Promise<string> => {
  const trace = createHash("sha256");
  const watcher = {
    step: (line: string) => void trace.update(`${line}\n`),
    moved: (transition: object) => void trace.update(`${JSON.stringify(transition)}\n`),
    fated: (...fate: readonly string[]) => void trace.update(`${fate.join(" ")}\n`),
  };
  const { tape } = await rehearse({ seed }, { stage: setStage(), tick, watcher });
  return trace.update(JSON.stringify(tape)).digest("hex");
};

const tell = (seed: number, findings: readonly string[]): void =>
  assert.deepEqual(findings, [], `seed ${seed}; see: npm run sim -- --seed ${seed}`);

describe("schedules", () => {
  it(`of ${FIXED} fixed seeds find nothing, and try most of what there is`, async (test: TestContext) => {
    const coverage = new Coverage();
    const stage = setStage(coverage.declare);
    for (let seed = 1; seed <= FIXED; seed++) {
      coverage.begin();
      tell(seed, (await rehearse({ seed }, { stage, tick, watcher: coverage })).findings);
    }
    const { states, edges, cells } = gapsOf(coverage.tally());
    for (const [what, { taken, of }] of Object.entries({ states, edges, cells }))
      test.diagnostic(`${what}: ${taken} of ${of}`);
    assert.ok(states.taken / states.of > 0.9, `states never entered: ${states.never.join(", ")}`);
    assert.ok(edges.taken / edges.of > 0.8, `transitions never taken: ${edges.never.join(", ")}`);
  });

  it("of fresh seeds find nothing either", async (test: TestContext) => {
    const stage = setStage();
    const first = randomInt(1_000_000, 2 ** 31);
    const until = performance.now() + FRESH_MS;
    let seed = first;
    for (; performance.now() < until && seed < first + MOST_FRESH; seed++)
      tell(seed, (await rehearse({ seed }, { stage, tick })).findings);
    test.diagnostic(`seeds ${first} to ${seed - 1}`);
  });

  it("are the same to the byte for the same seed, whatever ran before in the same process", async () => {
    const stage = setStage();
    const before = await Promise.all([3, 5].map(traceOf));
    for (let seed = 1_000; seed < 1_020; seed++) await rehearse({ seed }, { stage, tick });
    assert.deepEqual([await traceOf(3), await traceOf(5)], before);
    assert.notEqual(before[0], before[1]);
  });

  it("are the same from their tape as from their seed", async () => {
    const stage = setStage();
    for (let seed = 1; seed < 20; seed++) {
      const once = await rehearse({ seed }, { stage, tick });
      assert.deepEqual(await rehearse({ tape: once.tape }, { stage, tick }), once);
    }
  });
});
