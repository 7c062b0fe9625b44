/**
 * in-node.ts SPEC REPORT TMPDIR: runs one spec in the test node that this program is in, between two counts of what there
 * is on the node; what the spec left behind becomes one more failed test of its report.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { compare, daemonFiles, nodeFolders, settle, takeCensus, tell } from "../census/census.ts";
import { specCommand } from "./spec-command.ts";
import type { TestEnd } from "./reporter.ts";

const [spec, report, temporary] = process.argv.slice(2);
if (spec === undefined || report === undefined || temporary === undefined)
  throw new Error("usage: in-node.ts SPEC REPORT TMPDIR");
const folders = [...nodeFolders, temporary];
const before = takeCensus({ folders });
const [program, ...args] = specCommand(spec, report);
const { status } = spawnSync(program!, args, { stdio: "inherit" });
const { left } = await settle(() => compare(before, takeCensus({ folders }), { own: daemonFiles }));
if (left.length > 0) {
  const end: TestEnd = { path: ["leaves nothing behind on its node"], outcome: "failed", ms: 0, why: tell(left) };
  appendFileSync(report, `${JSON.stringify(end)}\n`);
}
process.exitCode = status ?? 1;
