/**
 * `npm run beat -- [--seed S] [--runs N]`: life after life in one test node, with a `kill -9` of the daemon, the monitor,
 * both, or a tool in flight in the middle of each. The last line is `beat: N lives, M findings`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { testBed } from "../../spec/support/test-bed.ts";
import { live } from "./life.ts";
import { planOf, tellPlan } from "./plan.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, runs: { type: "string", default: "40" } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const runs = Number(values.runs);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(runs) || runs < 1) {
  process.stderr.write("usage: npm run beat -- [--seed NUMBER] [--runs NUMBER]\n");
  process.exit(2);
}

if (!process.env["TROUPE_TEST_NODE"]) {
  const node = fileURLToPath(new URL("../test-node.sh", import.meta.url));
  const again = [
    node,
    process.execPath,
    fileURLToPath(import.meta.url),
    "--seed",
    String(seed),
    "--runs",
    String(runs),
  ];
  process.exit(spawnSync("sh", again, { stdio: "inherit" }).status ?? 1);
}

const bed = await testBed({ name: "beat" });
let findings = 0;
for (let i = 0; i < runs; i++) {
  const plan = planOf(seed + i);
  const begun = performance.now();
  const { findings: found, killed } = await live(bed, plan).catch((error: unknown) => ({
    findings: [`the life could not go on: ${error instanceof Error ? error.message : String(error)}`],
    killed: plan.victim,
  }));
  findings += found.length;
  const ms = Math.round(performance.now() - begun);
  process.stdout.write(
    `${String(i + 1).padStart(4)}  ${tellPlan(plan)} (${killed})  ${ms} ms${found.length === 0 ? "" : "  FOUND"}\n`,
  );
  for (const one of found)
    process.stdout.write(`      ${one}\n      again: npm run beat -- --seed ${plan.seed} --runs 1\n`);
}
await bed.end().catch((error: unknown) => {
  findings++;
  process.stdout.write(`      left behind: ${error instanceof Error ? error.message : String(error)}\n`);
});
process.stdout.write(`beat: ${runs} lives, ${findings} findings\n`);
process.exit(findings === 0 ? 0 : 1);
