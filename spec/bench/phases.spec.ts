import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { execTableOf, exitTableOf, phasesOf, tablesOf } from "../../bench/support/phases.ts";

const log = (lines: readonly (readonly [actor: string, from: string, to: string, ms: number])[]): string =>
  lines
    .map(([actor, from, to, ms]) => JSON.stringify({ kind: "transition", actor, from, to, ms }))
    .concat("words of Node's own", JSON.stringify({ kind: "log", text: "a transition" }))
    .join("\n");

const logFile = (test: TestContext, lines: Parameters<typeof log>[0]): string => {
  const dir = mkdtempSync(join(tmpdir(), "phases-"));
  test.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "log");
  writeFileSync(file, log(lines));
  return file;
};

it("a call's phases are its machine's states; what is left of the caller's time is gRPC and waiting", (test) => {
  const file = logFile(test, [
    ["sandbox/s", "", "creating.pinning", 0],
    ["sandbox/s", "creating.pinning", "creating.attaching", 1],
    ["attachment/s", "", "adding", 0],
    ["attachment/s", "adding", "attached", 25],
    ["sandbox/s", "creating.attaching", "ready", 30],
    ["container/c", "", "creating.spawning", 0],
    ["container/c", "creating.spawning", "created", 9],
    ["container/c", "created", "starting.spawning", 500],
    ["container/c", "starting.spawning", "running", 4],
    ["container/c", "running", "stopping.asking", 900],
  ]);
  const calls = { RunPodSandbox: 33, CreateContainer: 11, StartContainer: 5 };
  const phases = phasesOf(file, [{ sandbox: "s", container: "c", calls }]);
  assert.deepEqual(
    phases.map(({ call, state, ms }) => `${call} ${state} ${ms}`),
    [
      "RunPodSandbox sandbox: creating.pinning 1",
      "RunPodSandbox sandbox: creating.attaching 30",
      "RunPodSandbox attachment: adding 25",
      "RunPodSandbox gRPC and waiting 2",
      "CreateContainer container: creating.spawning 9",
      "CreateContainer gRPC and waiting 2",
      "StartContainer container: starting.spawning 4",
      "StartContainer gRPC and waiting 1",
    ],
  );
  assert.match(
    tablesOf(phases),
    /Sum of the medians 49\.0 ms; CNI's plugins 25\.0 ms, of which the sandbox waits for 25\.0; all else 24\.0 ms\./,
  );
});

it("an exit's phases are those of the containers asked for", (test) => {
  const file = logFile(test, [
    ["container/c", "running", "settling.draining", 900],
    ["container/c", "settling.draining", "settling.committing", 2],
    ["container/other", "settling.draining", "settling.committing", 50],
  ]);
  assert.match(exitTableOf(file, ["c"]), /\| container: settling\.draining \| 2\.00 \|$/);
});

it("an exec's phases are its states, the median over all execs in the log", (test) => {
  const file = logFile(test, [
    ["exec/a", "", "preparing", 0],
    ["exec/a", "preparing", "spawning", 1],
    ["exec/b", "preparing", "spawning", 3],
    ["container/c", "preparing", "spawning", 50],
  ]);
  assert.equal(execTableOf(file), "| state | ms |\n|---|--:|\n| exec: preparing | 2.00 |");
});
