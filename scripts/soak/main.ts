/**
 * `npm run soak -- [--minutes N] [--pods N] [--seed S] [--snapshots DIR]`: a node in use for that long, in one test node.
 * The last line is `soak: N minutes, P pods lived, D deaths, M findings`; the exit status is 1 with any. What is looked at,
 * and how to read its lines: docs/soak.md.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { argumentsOf, enterTestNode } from "../in-test-node.ts";
import { optionsOf } from "../options.ts";
import { soak } from "./soak.ts";

const { values, count, refuse } = optionsOf("npm run soak -- [--minutes N] [--pods N] [--seed N] [--snapshots DIR]", {
  minutes: { type: "string", default: "60" },
  pods: { type: "string", default: "50" },
  seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
  snapshots: { type: "string" },
});
const [minutes, pods, seed] = [Number(values.minutes), count("pods", values.pods), count("seed", values.seed)];
if (!(minutes > 0)) refuse(`--minutes is a number above 0, not "${values.minutes}"`);

enterTestNode(import.meta.url, argumentsOf(values));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const snapshots = values.snapshots === undefined ? undefined : resolve(values.snapshots);
if (snapshots !== undefined) mkdirSync(snapshots, { recursive: true });
say(`seed ${seed}`);
const {
  pods: lived,
  deaths,
  findings,
} = await soak({ minutes, pods, seed, tell: say, ...(snapshots && { snapshots }) });
for (const finding of findings) say(`FOUND: ${finding}`);
if (findings.length > 0) say(`again: npm run soak -- --minutes ${minutes} --pods ${pods} --seed ${seed}`);
say(`soak: ${minutes} minutes, ${lived} pods lived, ${deaths} deaths, ${findings.length} findings`);
process.exit(findings.length > 0 ? 1 : 0);
