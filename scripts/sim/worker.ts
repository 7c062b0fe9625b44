/** One process of a simulation: runs what it is given, one schedule after another, and tells what came of it. */
import { Coverage } from "../../src/fuzz/coverage.ts";
import { crashInWords, exhaust, planInWords, type Plan } from "../../src/fuzz/exhaustive.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import type { Done, Finding, Work } from "./messages.ts";
import { tick } from "./tick.ts";

Error.stackTraceLimit = 0; // errors are made by the million, and nobody reads where

type Part = Omit<Done, "tally">;

const runSeeds = async (seeds: readonly number[], coverage: Coverage): Promise<Part> => {
  const stage = setStage(coverage.declare);
  const choices: number[] = [];
  const findings: Finding[] = [];
  for (const seed of seeds) {
    coverage.begin();
    const ended = await rehearse({ seed }, { stage, tick, watcher: coverage });
    choices.push(ended.choices);
    const [text] = ended.findings;
    if (text !== undefined) findings.push({ text, where: `seed ${seed}`, tape: ended.tape });
  }
  return { schedules: seeds.length, choices, findings };
};

const runPlans = async (plans: readonly Plan[], coverage: Coverage): Promise<Part> => {
  const stage = setStage(coverage.declare);
  let schedules = 0;
  const findings: Finding[] = [];
  for (const plan of plans) {
    const { runs, found } = await exhaust(plan, { stage, tick, watcher: coverage });
    schedules += runs;
    for (const { crash, finding } of found)
      findings.push({ text: finding, where: `${planInWords(plan)}; ${crashInWords(crash)}`, tape: undefined });
  }
  return { schedules, choices: [], findings };
};

process.on("message", (work: Work) => {
  const coverage = new Coverage();
  const run = "seeds" in work ? runSeeds(work.seeds, coverage) : runPlans(work.plans, coverage);
  run.then(
    (part) => process.send?.({ ...part, tally: coverage.tally() } satisfies Done),
    (error: unknown) => {
      console.error("troupe: the simulation itself failed:", error);
      process.exit(70);
    },
  );
});
