/**
 * Runs the specs: `npm test [-- FILTER…]`, FILTER being a part of a spec's path; `--fast` leaves out those that need root.
 * Plain specs run on this host, `*.root.spec.ts` each in a test node of its own, two files at a time.
 * The last line is `N passed, M failed, K skipped`.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestEnd } from "./test/reporter.ts";
import { runSpec } from "./test/run-spec.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2).filter((arg) => arg !== "--");
const fast = args.includes("--fast");
const filters = args.filter((arg) => !arg.startsWith("--")).map((filter) => filter.replace(/^\.\//, ""));
const unknown = args.filter((arg) => arg.startsWith("--") && arg !== "--fast");
if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(", ")}; known: --fast, and parts of paths`);

const needsRoot = (spec: string): boolean => spec.endsWith(".root.spec.ts");
const specs = readdirSync(join(root, "spec"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".spec.ts") && !(fast && needsRoot(file)))
  .map((file) => relative(process.cwd(), join(root, "spec", file)))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  // Those that take long first, so that none of them is alone at the end.
  .toSorted((one, other) => Number(needsRoot(other)) - Number(needsRoot(one)) || (one < other ? -1 : 1));

const totals = { passed: 0, failed: 0, skipped: 0 };

const tell = (spec: string, tests: readonly TestEnd[], ms: number): void => {
  for (const { outcome } of tests) totals[outcome]++;
  const bad = tests.some(({ outcome }) => outcome === "failed");
  console.log(`${bad ? "FAIL" : "ok  "} ${spec}  ${tests.length} tests, ${Math.round(ms)} ms`);
  for (const { path, outcome, why } of tests) {
    if (outcome === "skipped") console.log(`     skipped: ${path.join(" › ")}: ${why}`);
    if (outcome === "failed") console.log(`     FAILED: ${path.join(" › ")}\n${why?.replaceAll(/^/gm, "       ")}\n`);
  }
};

const runOne = async (spec: string): Promise<void> => {
  if (needsRoot(spec) && process.getuid?.() !== 0) {
    tell(spec, [{ path: ["the whole file"], outcome: "skipped", ms: 0, why: "it needs root, for a test node" }], 0);
    return;
  }
  const { tests, ms } = await runSpec(spec, needsRoot(spec));
  tell(spec, tests, ms);
};

const waiting = [...specs];
const lane = async (): Promise<void> => {
  for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) await runOne(spec);
};
const begun = performance.now();
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
console.log(`\n${specs.length} files in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
const total = totals.passed + totals.failed + totals.skipped;
process.exitCode = totals.failed > 0 || total === 0 ? 1 : 0;
