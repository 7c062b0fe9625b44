/** Runs one spec file to its end: on this host, or in a test node of its own, and says how each of its tests ended. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTestNode } from "../test-node.ts";
import { readTestEnd, type TestEnd } from "./reporter.ts";
import { specCommand } from "./spec-command.ts";

export interface SpecEnd {
  readonly tests: readonly TestEnd[];
  readonly ms: number;
}

const inNode = fileURLToPath(new URL("in-node.ts", import.meta.url));
const limitMs = 2 * 60_000;

/** Everything a process says, both streams as they come. */
const outputOf = (child: ChildProcess): { text: string } => {
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (output.text += chunk));
  }
  return output;
};

const runOnHost = (spec: string, report: string, env: NodeJS.ProcessEnv) => {
  const [program, ...args] = specCommand(spec, report);
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, env });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(String(error)));
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : (signal ?? `status ${code}`)));
  });
  return { output: outputOf(child), ended, end: () => process.kill(-child.pid!, "SIGKILL") };
};

const runInNode = (name: string, spec: string, report: string, temporary: string, env: NodeJS.ProcessEnv) => {
  const node = startTestNode(name, [process.execPath, inNode, spec, report, temporary], {
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const ended = node.ended.then((code) => (code === 0 ? undefined : `status ${code}`), String);
  return { output: outputOf(node.child), ended, end: () => node.end() };
};

/** A process that was killed may have cut its last line short. */
const testsIn = (report: string): TestEnd[] =>
  existsSync(report) ? readFileSync(report, "utf8").split("\n").slice(0, -1).map(readTestEnd) : [];

/** The cgroups of a node that has ended, in whatever hierarchies this host has. */
const cgroupsOf = (name: string): string[] =>
  ["", ...readdirSync("/sys/fs/cgroup")].map((parent) => join("/sys/fs/cgroup", parent, name)).filter(existsSync);

const failed = (name: string, why: string): TestEnd => ({ path: [name], outcome: "failed", ms: 0, why });

let count = 0;

/** `spec` is a path; `isolated` asks for a test node. A file that crashes, hangs or leaves files behind has one failure more. */
export const runSpec = async (spec: string, isolated: boolean): Promise<SpecEnd> => {
  // Short, since sockets lie below it: their paths end at 107 bytes.
  const place = mkdtempSync("/tmp/tt-");
  const temporary = mkdtempSync(join(place, "t"));
  const report = join(place, "report");
  const env = { ...process.env, TMPDIR: temporary, TROUPE_TEST_NODE: undefined };
  const begun = performance.now();
  const name = `troupe-test-${process.pid}-${count++}`;
  const run = isolated ? runInNode(name, spec, report, temporary, env) : runOnHost(spec, report, env);
  let hung = false;
  const limit = setTimeout(() => {
    hung = true;
    run.end();
  }, limitMs);
  const trouble = await run.ended;
  clearTimeout(limit);
  const tests = testsIn(report);
  const said = run.output.text === "" ? "" : `\nit said:\n${run.output.text.slice(-8000)}`;
  if (hung)
    tests.push(failed("ends", `still running after ${limitMs / 1000} s; ${tests.length} tests had ended${said}`));
  else if (trouble !== undefined && !tests.some(({ outcome }) => outcome === "failed"))
    tests.push(failed("ends", `ended with ${trouble}${said}`));
  const left = [...readdirSync(temporary), ...cgroupsOf(name)];
  if (left.length > 0) tests.push(failed("leaves nothing behind on the host", left.join(", ")));
  rmSync(place, { recursive: true, force: true });
  return { tests, ms: performance.now() - begun };
};
