import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { growTree } from "../../src/supervisors/tree.ts";
import { catalogue, drawn } from "../../src/fuzz/mutants/catalogue.ts";
import { chartOf, edgesIn, rebuilt } from "../../src/fuzz/mutants/chart.ts";
import { Judge } from "../../src/fuzz/mutants/judge.ts";
import { stageOf, SUPERVISORS, type Mutant } from "../../src/fuzz/mutants/mutant.ts";
import { explainedIn } from "../../src/fuzz/mutants/survivors.ts";
import { Schedule } from "../../src/fuzz/schedule.ts";
import type { Stage } from "../../src/fuzz/stage.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const { mutants, equivalents } = catalogue();
const named = (id: string): Mutant => {
  const found = mutants.find((mutant) => mutant.id === id);
  assert.ok(found, `there is no mutant called ${id}`);
  return found;
};

/** All that moved in a schedule, a line each. */
const movesOn = async (stage: Stage, seed: number): Promise<readonly string[]> => {
  const moves: string[] = [];
  const moved = ({ actor, from, to, event }: Record<"actor" | "from" | "to" | "event", string>): void => {
    moves.push(`${actor} ${from} → ${to} ${event}`);
  };
  await new Schedule({ source: { seed }, stage, watcher: { moved }, tick }).run();
  return moves;
};

describe("the list of mutants", () => {
  it("gives each its own name, and is the same each time", () => {
    const ids = mutants.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      catalogue().mutants.map(({ id }) => id),
      ids,
    );
  });

  it("comes from the charts: every edge of every machine can be missing", () => {
    let edges = 0;
    // Supervisors run one chart.
    growTree((kind, logic) => {
      if (kind === "pod" || !SUPERVISORS.includes(kind)) edges += edgesIn(chartOf(logic)).length;
      return logic;
    });
    const all = [...mutants, ...equivalents.map(({ mutant }) => mutant)];
    assert.equal(all.filter(({ operator }) => operator === "drop edge").length, edges);
  });

  it("draws as many as are asked for, the same ones for the same seed", () => {
    const ids = (seed: number): readonly string[] => drawn(mutants, seed, 20).map(({ id }) => id);
    assert.equal(new Set(ids(7)).size, 20);
    assert.deepEqual(ids(7), ids(7));
    assert.notDeepEqual(ids(7), ids(8));
    assert.equal(drawn(mutants, 1, mutants.length + 5).length, mutants.length);
  });
});

describe("a chart that is taken apart and put together again", () => {
  it("moves as the machine does that it was taken from", async () => {
    const again = stageOf({ logic: (_, logic) => rebuilt(logic, chartOf(logic)) }, (_, logic) => logic);
    const sound = stageOf({}, (_, logic) => logic);
    for (const seed of [1, 2, 3]) assert.deepEqual(await movesOn(again, seed), await movesOn(sound, seed));
  });
});

describe("the simulation", () => {
  const judge = new Judge(tick);

  it("finds nothing where nothing is wrong", async () => {
    assert.deepEqual(await judge.unsound(20), []);
  });

  it("sees a step that is left out, an edge that is missing, a deadline that is lost, and what is not taken up", async () => {
    const ids = [
      "container: skip removing.unmounting",
      "container: drop edge creating.mounting › done",
      "container: the deadline of stopping.waiting comes never",
      "inventory: lists no container",
    ];
    const verdicts = [];
    for (const id of ids) verdicts.push(await judge.judge(named(id), 30));
    assert.deepEqual(
      verdicts.filter(({ finding }) => finding === undefined).map(({ mutant }) => mutant.id),
      [],
    );
  });

  it("sees of a sample of steps that lead nowhere all that it comes to", async (test) => {
    const leadsOn = /^(sandbox|attachment|container): drop edge [\w.]+ › done$/;
    const sample = drawn(
      mutants.filter(({ id }) => leadsOn.test(id)),
      1,
      16,
    );
    const verdicts = [];
    for (const mutant of sample) verdicts.push(await judge.judge(mutant, 40));
    test.diagnostic(`${verdicts.filter(({ finding }) => finding !== undefined).length} of ${verdicts.length} killed`);
    const surviving = verdicts.filter(({ finding, reached }) => finding === undefined && reached > 0);
    assert.deepEqual(
      surviving.map(({ mutant }) => mutant.id),
      [],
    );
  });
});

describe("docs/mutants.md", () => {
  it("explains only mutants that there are", () => {
    const explained = explainedIn(readFileSync(new URL("../../docs/mutants.md", import.meta.url), "utf8"));
    const idle = explained.filter(({ matches }) => !mutants.some(({ id }) => matches(id)));
    assert.deepEqual(
      idle.map(({ pattern }) => pattern),
      [],
    );
  });
});
