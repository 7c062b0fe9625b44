/**
 * `npm run mutants -- [--seed S] [--count N] [--seeds M] [--visits V] [--only ID] [--list]`: the daemon with one thing wrong
 * in it, over and over, and whether the simulation sees it. The seed draws `N` of all mutants; each is tried with those of the
 * schedules 1 … M (`npm run sim -- --seed …`) that come to where it is wrong, and given up after `V` of them. `*` in an ID
 * stands for any part of it. Ends with 1 if one survives that docs/mutants.md does not explain.
 */
import { readFileSync } from "node:fs";
import { catalogue, drawn } from "../src/fuzz/mutants/catalogue.ts";
import { Judge, type Verdict } from "../src/fuzz/mutants/judge.ts";
import { explainedIn, isNamed } from "../src/fuzz/mutants/survivors.ts";
import { optionsOf } from "./options.ts";

const { values, count } = optionsOf(
  "npm run mutants -- [--seed N] [--count N] [--seeds N] [--visits N] [--only MUTANT] [--list]",
  {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "60" },
    seeds: { type: "string", default: "3000" },
    visits: { type: "string", default: "100" },
    only: { type: "string" },
    list: { type: "boolean", default: false },
  },
);
const [mostSeeds, mostVisits] = [count("seeds", values.seeds), count("visits", values.visits)];
const { mutants, equivalents } = catalogue();
const chosen =
  values.only === undefined
    ? drawn(mutants, count("seed", values.seed), count("count", values.count))
    : mutants.filter(({ id }) => isNamed(values.only ?? "", id));

if (values.list) {
  for (const { id, operator } of mutants) console.log(`${operator.padEnd(24)} ${id}`);
  for (const { mutant, reason } of equivalents) console.log(`${"not counted".padEnd(24)} ${mutant.id}: ${reason}`);
  console.log(`mutants: ${mutants.length}, and ${equivalents.length} that are not counted`);
  process.exit();
}
if (chosen.length === 0) {
  console.error(`mutants: there is none called "${values.only}"; see: npm run mutants -- --list`);
  process.exit(2);
}

// An actor that crashes with nobody to tell is told by the world; its stack is of no use here, and takes time.
Error.stackTraceLimit = 0;
const explained = explainedIn(readFileSync(new URL("../docs/mutants.md", import.meta.url), "utf8"));
const judge = new Judge(() => new Promise((resolve) => setImmediate(resolve)));
const shortened = (text: string): string => text.replace(/0{20,}/g, "").slice(0, 140);

const begun = performance.now();
const verdicts: Verdict[] = [];
let unexplained = 0;
for (const mutant of chosen) {
  const verdict = await judge.judge(mutant, mostSeeds, mostVisits);
  verdicts.push(verdict);
  const { finding, seed, reached } = verdict;
  if (finding !== undefined) console.log(`killed    ${mutant.id} – seed ${seed}: ${shortened(finding)}`);
  else {
    const row = explained.find(({ matches }) => matches(mutant.id));
    if (!row) unexplained++;
    console.log(`SURVIVES  ${mutant.id} – ${reached} schedules came there; ${row ? row.pattern : "not explained"}`);
  }
}

const quantileOf = (numbers: readonly number[], part: number): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor((numbers.length - 1) * part)] ?? 0;
const killed = verdicts.filter(({ finding }) => finding !== undefined);
for (const [operator, group] of Map.groupBy(verdicts, ({ mutant }) => mutant.operator)) {
  const dead = group.filter(({ finding }) => finding !== undefined);
  console.log(`${operator.padEnd(26)} ${dead.length} of ${group.length}`);
}
const unsound = await judge.unsound(Math.max(...verdicts.map(({ seed }) => seed)));
for (const text of unsound) console.log(`not used, for the sound daemon fails it too – ${shortened(text)}`);
const seeds = killed.map(({ seed }) => seed);
console.log(`seeds to the kill: median ${quantileOf(seeds, 0.5)}, nine of ten within ${quantileOf(seeds, 0.9)}`);
console.log(`${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
console.log(`survivors that are not explained: ${unexplained}`);
console.log(`mutants: ${killed.length} of ${verdicts.length} killed`);
process.exitCode = unexplained > 0 ? 1 : 0;
