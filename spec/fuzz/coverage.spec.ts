/** What is counted of schedules, and that it adds up. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Coverage, together } from "../../src/fuzz/coverage.ts";
import { gapsOf } from "../../src/fuzz/gaps.ts";
import { impossible, impossibleEdges, isImpossibleEdge, isMeant } from "../../src/fuzz/impossible.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";
import { root } from "../support/sources.ts";

const counted = async (seeds: readonly number[]) => {
  const coverage = new Coverage();
  const stage = setStage(coverage.declare);
  for (const seed of seeds) {
    coverage.begin();
    await rehearse({ seed }, { stage, tick, watcher: coverage });
  }
  return coverage.tally();
};

describe("coverage", () => {
  it("is the same whether one process has counted or several", async () => {
    const [first, second] = [await counted([1, 2, 3]), await counted([4, 5])];
    assert.deepEqual(together([first, second]), together([await counted([1, 2, 3, 4, 5])]));
  });

  it("knows each call's state, and gives each state one slot", async () => {
    const { cells, calls } = await counted([1, 2, 3, 4, 5, 6, 7, 8]);
    const inCells = Object.values(cells).reduce((sum, { ok }) => sum + ok, 0);
    const inCalls = Object.values(calls).reduce((sum, { ok }) => sum + ok, 0);
    assert.ok(inCells > 0);
    assert.equal(inCells, inCalls);
  });

  it("has seen none of what is said to be impossible", async () => {
    const { cells, edges } = await counted(Array.from({ length: 150 }, (_, n) => n + 1));
    const seen = impossible.flatMap((one) =>
      Object.entries(cells)
        .filter(([cell]) => isMeant(one, cell))
        .flatMap(([cell, counts]) => one.ways.filter((way) => counts[way] > 0).map((way) => `${cell}: ${way}`)),
    );
    assert.deepEqual(seen, []);
    const taken = Object.entries(edges).filter(([name, count]) => count > 0 && isImpossibleEdge(name));
    assert.deepEqual(taken, []);
  });

  it("leaves out nothing that docs/simulation.md does not name, with its reason", () => {
    const page = readFileSync(join(root, "docs/simulation.md"), "utf8");
    for (const { why } of [...impossible, ...impossibleEdges]) assert.ok(page.includes(why), why);
  });

  it("names what has never happened", async () => {
    const { states, cells } = gapsOf(await counted([1]));
    assert.ok(states.taken > 0 && states.taken < states.of);
    assert.equal(cells.never.length, cells.of - cells.taken);
  });
});
