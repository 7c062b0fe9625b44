/**
 * `npm run beat -- [--seed S] [--runs N]`: life after life in one test node, with a `kill -9` of the daemon, the monitor,
 * both, or a tool in flight in the midst of each. The last line is `beat: N lives, M findings`.
 *
 * `npm run beat -- --upgrades N [--containers C]`: the monitor's program is replaced in place N times while C containers at a
 * time write and end. The last line is `beat: N upgrades, C containers, L lines, M findings`.
 */
import { argumentsOf, enterTestNode } from "../in-test-node.ts";
import { testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { optionsOf } from "../options.ts";
import { beatBed } from "./bed.ts";
import { live } from "./life.ts";
import { planOf, tellPlan } from "./plan.ts";
import type { Hit } from "./strike.ts";
import { tally, tellHits } from "./tally.ts";
import { upgradeUnderLoad } from "./upgrades.ts";

const { values, count } = optionsOf("npm run beat -- [--seed N] [--runs N | --upgrades N [--containers N]]", {
  seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
  runs: { type: "string", default: "40" },
  upgrades: { type: "string" },
  containers: { type: "string", default: "20" },
});
const [seed, runs] = [count("seed", values.seed), count("runs", values.runs)];
const [upgrades, containers] = [count("upgrades", values.upgrades ?? "1"), count("containers", values.containers)];

enterTestNode(import.meta.url, argumentsOf(values));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The findings of all lives. */
const manyLives = async (): Promise<number> => {
  const { bed, gate } = await beatBed();
  const hits: Hit[] = [];
  let findings = 0;
  for (let i = 0; i < runs; i++) {
    const plan = planOf(seed + i);
    const begun = performance.now();
    const lived = await live(bed, gate, plan);
    const ms = Math.round(performance.now() - begun);
    const left = await bed.leavesNothing({ passed: lived.findings.length === 0 }).then(
      () => [],
      (error: unknown) => [textOf(error)],
    );
    if (left.length > 0) bed.rebase(); // the next life is not to blame
    const found = [...lived.findings, ...left];
    hits.push(...lived.hits);
    findings += found.length;
    say(`${String(i + 1).padStart(4)}  ${tellPlan(plan)} (${tellHits(lived.hits)})  ${ms} ms`);
    for (const one of found) say(`      FOUND: ${one}\n      again: npm run beat -- --seed ${plan.seed} --runs 1`);
  }
  say(`\n${tally(hits)}\n`);
  return findings + (await endOf(bed));
};

const manyUpgrades = async (): Promise<string> => {
  const bed = await testBed({ name: "beat" });
  const done = await upgradeUnderLoad(bed, { seed, upgrades, containers }, say);
  for (const one of done.findings) say(`      FOUND: ${one}`);
  const findings = done.findings.length + (await endOf(bed));
  if (findings > 0)
    say(`      again: npm run beat -- --seed ${seed} --upgrades ${upgrades} --containers ${containers}`);
  return `${done.upgrades} upgrades, ${done.containers} containers, ${done.lines} lines, ${findings} findings`;
};

const endOf = async (bed: TestBed): Promise<number> => {
  try {
    await bed.end();
    return 0;
  } catch (error) {
    say(`      FOUND: ${textOf(error)}`);
    return 1;
  }
};

const result = values.upgrades === undefined ? `${runs} lives, ${await manyLives()} findings` : await manyUpgrades();
say(`beat: ${result}`);
process.exit(result.endsWith(" 0 findings") ? 0 : 1);
