/**
 * `npm run conformance [-- --focus REGEX]… [-- --runtime crun|runc] [-- --benchmark]`: critest, the kubelet community's own
 * suite, against Troupe in a test node, with crun and again with runc. Ends with 1 for a failure, with 0 and the reason where
 * there is no Go to build critest with. A whole run writes docs/conformance.md; all that was said is in .cache/conformance.
 *
 * `--prepare`: only builds and fetches what a run needs, for spec/e2e/conformance-*.root.spec.ts, which is skipped without it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { buildTool, NoGo } from "../cri-tools/build.ts";
import { startTestNode } from "../test-node.ts";
import { NoPackages, unpackedPackages } from "./packages.ts";
import { conformanceDocument } from "./document.ts";
import { countsOf, tellCounts } from "./report.ts";
import type { RunResult } from "./result.ts";
import { versionsHere } from "./versions.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const runtimes = ["crun", "runc"];
const { values } = parseArgs({
  options: {
    focus: { type: "string", multiple: true, default: [] },
    runtime: { type: "string" },
    benchmark: { type: "boolean", default: false },
    prepare: { type: "boolean", default: false },
  },
});
if (values.runtime !== undefined && !runtimes.includes(values.runtime))
  throw new Error(`--runtime is crun or runc, not ${values.runtime}`);
if (process.getuid?.() !== 0) {
  console.error("troupe: a conformance run needs root, for a test node's namespaces: run it as root");
  process.exit(77);
}

const skipped = (error: unknown): never => {
  if (!(error instanceof NoGo || error instanceof NoPackages)) throw error;
  console.log(`conformance: skipped: ${error.message}`);
  process.exit(0);
};

const prepared = (): string => {
  try {
    buildTool("critest");
    return unpackedPackages();
  } catch (error) {
    return skipped(error);
  }
};

const packages = prepared();
if (values.prepare) process.exit(0);

const runWith = async (runtime: string, benchmark: boolean): Promise<RunResult> => {
  const out = join(root, ".cache", "conformance", runtime);
  mkdirSync(out, { recursive: true });
  const inside = fileURLToPath(new URL("inside.ts", import.meta.url));
  const args = ["--runtime", runtime, "--packages", packages, "--out", out, ...(benchmark ? ["--benchmark"] : [])];
  const node = startTestNode(
    `troupe-conformance-${process.pid}`,
    [process.execPath, inside, ...args, ...values.focus.flatMap((focus) => ["--focus", focus])],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => node.end());
  const status = await node.ended;
  if (status !== 0) throw new Error(`the run with ${runtime} ended with ${status}; see ${out}`);
  return JSON.parse(readFileSync(join(out, "result.json"), "utf8")) as RunResult;
};

/** Says how a run ended; whether it was well. */
const tell = (runtime: string, { specs, left }: RunResult): boolean => {
  for (const { name, outcome, why } of specs)
    if (outcome === "failed") console.log(`FAILED with ${runtime}: ${name}\n${why.replaceAll(/^/gm, "    ")}\n`);
  if (left !== "") console.log(`left behind with ${runtime}: ${left}\n`);
  if (specs.length === 0) console.log(`no spec of critest was run with ${runtime}: what does --focus match?\n`);
  return left === "" && specs.length > 0 && countsOf(specs).failed === 0;
};

const chosen = values.runtime === undefined ? runtimes : [values.runtime];
const results = new Map<string, RunResult>();
const verdicts: string[] = [];
let good = true;
for (const runtime of chosen) {
  const isWhole = values.focus.length === 0 && !values.benchmark;
  const suite = await runWith(runtime, values.benchmark);
  good = tell(runtime, suite) && good;
  verdicts.push(`${runtime}: ${tellCounts(countsOf(suite.specs))}`);
  if (!isWhole) continue;
  const benchmark = await runWith(runtime, true);
  good = tell(`${runtime} -benchmark`, benchmark) && good;
  verdicts.push(`${runtime} -benchmark: ${tellCounts(countsOf(benchmark.specs))}`);
  results.set(runtime, { ...suite, benchmarks: benchmark.benchmarks });
}
if (results.size === runtimes.length)
  writeFileSync(
    join(root, "docs", "conformance.md"),
    await format(conformanceDocument(results, versionsHere()), { parser: "markdown", printWidth: 120 }),
  );
console.log(verdicts.join("\n"));
process.exitCode = good ? 0 : 1;
