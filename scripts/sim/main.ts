/**
 * `npm run sim -- [--schedules N] [--seed S] [--exhaustive K] [--replay TAPE] [--record FILE] [--json]`: simulated lives of a
 * pod, with everything that can go wrong. By default half of the schedules have the seeds 1, 2, 3 …, and half have seeds of their own.
 * The last line is `sim: N schedules, M findings`.
 */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Tape } from "../../src/fuzz/choices.ts";
import { together, type Tally } from "../../src/fuzz/coverage.ts";
import { plansOf } from "../../src/fuzz/exhaustive.ts";
import { gapsOf } from "../../src/fuzz/gaps.ts";
import { inWords } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { kindOfFinding } from "../../src/fuzz/shrink.ts";
import { optionsOf } from "../options.ts";
import { crewed } from "./crew.ts";
import { tellFinding } from "./finding.ts";
import type { Finding, Work } from "./messages.ts";
import { recordSchedule } from "./recording.ts";
import { befallen, coverage, histogram } from "./report.ts";
import { tick } from "./tick.ts";

Error.stackTraceLimit = 0;

const { values, count } = optionsOf(
  "npm run sim -- [--schedules N] [--seed S] [--exhaustive K] [--replay TAPE] [--record FILE] [--json]",
  {
    schedules: { type: "string" },
    seed: { type: "string" },
    exhaustive: { type: "string" },
    replay: { type: "string" },
    record: { type: "string" },
    json: { type: "boolean", default: false },
  },
);
const numberOf = (name: string, given: string | undefined): number | undefined =>
  given === undefined ? undefined : count(name, given);

const say = (text: string): void => {
  if (!values.json) console.log(text);
};

const tapeIn = (file: string): Tape => (JSON.parse(readFileSync(file, "utf8")) as { tape: Tape }).tape;

if (values.record !== undefined) {
  const seed = numberOf("seed", values.seed) ?? 1;
  const source = values.replay === undefined ? { seed } : { tape: tapeIn(values.replay) };
  const { findings, told } = await recordSchedule(source, values.record);
  console.log(values.json ? JSON.stringify({ findings }) : told.join("\n"));
  console.log(`sim: 1 schedules, ${findings.length} findings`);
  process.exit(findings.length > 0 ? 1 : 0);
}

if (values.replay !== undefined) {
  const tape = tapeIn(values.replay);
  const words = await inWords(tape, { stage: setStage(), tick });
  const found = words.filter((line) => line.startsWith("FOUND: ")).length;
  console.log(values.json ? JSON.stringify({ words }) : words.join("\n"));
  console.log(`sim: 1 schedules, ${found} findings`);
  process.exit(found > 0 ? 1 : 0);
}

const PIECE = 25;
const inPieces = <Item>(items: readonly Item[], size = PIECE): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);

const seedsToRun = (): readonly number[] => {
  const seed = numberOf("seed", values.seed);
  const count = numberOf("schedules", values.schedules) ?? (seed === undefined ? 2_000 : 1);
  if (seed !== undefined) return from(seed, count);
  const base = randomInt(1_000_000, 2 ** 31);
  const fixed = count >> 1;
  say(`seeds 1 to ${fixed}, and ${count - fixed} fresh ones from ${base} on`);
  return [...from(1, fixed), ...from(base, count - fixed)];
};

const exhaustive = numberOf("exhaustive", values.exhaustive);
const pieces: readonly Work[] =
  exhaustive === undefined
    ? inPieces(seedsToRun()).map((seeds) => ({ seeds }))
    : inPieces(plansOf(exhaustive, true), 8).map((plans) => ({ plans }));

const begun = performance.now();
const seconds = (): number => (performance.now() - begun) / 1_000;
let [schedules, pieceCount] = [0, 0];
let choices: number[] = [];
let tally: Tally | undefined;
const findings: Finding[] = [];
const progress = (): void => {
  if (!process.stdout.isTTY || values.json) return;
  const rate = (schedules / seconds()).toFixed(0);
  process.stdout.write(
    `\r${pieceCount} of ${pieces.length} pieces, ${schedules} schedules, ${rate}/s, ${findings.length} findings `,
  );
};
await crewed(pieces, (done) => {
  pieceCount++;
  schedules += done.schedules;
  choices = choices.concat(done.choices);
  findings.push(...done.findings);
  tally = tally ? together([tally, done.tally]) : done.tally;
  progress();
});
const took = seconds();
if (!tally) throw new Error("there was nothing to run");
if (process.stdout.isTTY) say("");

const median = choices.toSorted((one, other) => one - other)[choices.length >> 1] ?? 0;
const sum = choices.reduce((before, one) => before + one, 0);
say(`${histogram(tally.calls)}\n${befallen(tally)}\n${coverage(tally)}`);
const choosing = exhaustive === undefined ? `, ${(sum / took).toFixed(0)} choices/s, median ${median} choices` : "";
say(`${(schedules / took).toFixed(0)} schedules/s${choosing}`);

const kinds = Map.groupBy(findings, ({ text }) => kindOfFinding(text));
for (const [kind, alike] of kinds) {
  const [first] = alike;
  if (!first || values.json) continue;
  say(`\n${alike.length} × ${kind}`);
  say(await tellFinding(first, { stage: setStage(), tick }));
  if (alike.length > 1)
    say(
      `  the same: ${alike
        .slice(1, 12)
        .map(({ where }) => where)
        .join(", ")}`,
    );
}
if (values.json) {
  const told = findings.map(({ text, where }) => ({ text, where }));
  console.log(
    JSON.stringify({ schedules, seconds: took, choices: sum, median, findings: told, tally, gaps: gapsOf(tally) }),
  );
}
console.log(`sim: ${schedules} schedules, ${findings.length} findings`);
process.exitCode = findings.length > 0 ? 1 : 0;
