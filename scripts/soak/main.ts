/**
 * `npm run soak -- [--minutes N] [--pods N] [--seed S] [--snapshots DIR]`: a node in use for that long, in one test node.
 * The last line is `soak: N minutes, P pods lived, D deaths, M findings`; the exit status is 1 with any. What is looked at,
 * and how to read its lines: docs/soak.md.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { argumentsOf, enterTestNode } from "../in-test-node.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    pods: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    snapshots: { type: "string" },
  },
});
const [minutes, pods, seed] = [values.minutes, values.pods, values.seed].map(Number) as [number, number, number];
if (!(minutes > 0) || ![pods, seed].every(Number.isSafeInteger) || pods < 1) {
  process.stderr.write("usage: npm run soak -- [--minutes NUMBER] [--pods NUMBER] [--seed NUMBER] [--snapshots DIR]\n");
  process.exit(2);
}

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
