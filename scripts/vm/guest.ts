/**
 * Runs in a test machine: spec/vm/*.vm.spec.ts one after another (or those whose name has one of the words given), each
 * between two counts of what there is on the machine. The last line is `N passed, M failed, K skipped`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare, daemonFiles, nodeFolders, settle, takeCensus, tell as tellLeft } from "../census/census.ts";
import { readTestEnd, type TestEnd } from "../test/reporter.ts";
import { specCommand } from "../test/spec-command.ts";
import { specsIn, tellTotals } from "./specs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const limitMs = 20 * 60_000;

const totals = { passed: 0, failed: 0, skipped: 0 };
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const tell = (spec: string, tests: readonly TestEnd[], ms: number): void => {
  const bad = tests.some(({ outcome }) => outcome === "failed");
  console.log(`${bad ? "FAIL" : "ok  "} ${spec}  ${tests.length} tests, ${seconds(ms)}`);
  for (const { path, outcome, ms, why } of tests) {
    totals[outcome]++;
    console.log(`     ${outcome}: ${path.join(" › ")}, ${seconds(ms)}`);
    if (why !== undefined) console.log(why.replaceAll(/^/gm, "       "));
  }
};

const failed = (name: string, why: string): TestEnd => ({ path: [name], outcome: "failed", ms: 0, why });

const run = async (spec: string): Promise<void> => {
  const place = mkdtempSync("/root/spec-");
  const report = join(place, "report");
  const temporary = mkdtempSync(join(place, "t"));
  const folders = [...nodeFolders, temporary];
  const before = takeCensus({ folders });
  const begun = performance.now();
  const [program, ...args] = specCommand(join(root, spec), report);
  const { status, signal, output } = spawnSync(program!, args, {
    encoding: "utf8",
    timeout: limitMs,
    env: { ...process.env, TMPDIR: temporary },
  });
  const tests = existsSync(report) ? readFileSync(report, "utf8").split("\n").slice(0, -1).map(readTestEnd) : [];
  if (status !== 0 && !tests.some(({ outcome }) => outcome === "failed"))
    tests.push(failed("ends", `ended with ${signal ?? status}: ${output.join("")}`));
  const { left } = await settle(() => compare(before, takeCensus({ folders }), { own: daemonFiles }));
  if (left.length > 0) tests.push(failed("leaves nothing behind on its machine", tellLeft(left)));
  tell(spec, tests, performance.now() - begun);
  rmSync(place, { recursive: true, force: true });
};

const specs = specsIn(root, process.argv.slice(2));
const begun = performance.now();
console.log(`Linux ${release()}, ${specs.length} files`);
for (const spec of specs) await run(spec);
console.log(`\n${specs.length} files in ${seconds(performance.now() - begun)}`);
tellTotals(totals);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
