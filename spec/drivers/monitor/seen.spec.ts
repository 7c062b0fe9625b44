import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { tryLock } from "../../../src/drivers/linux/flock.ts";
import { seeMonitor } from "../../../src/drivers/monitor/seen.ts";

const [container, exec, ended] = ["a".repeat(64), "b".repeat(32), "c".repeat(64)];

describe("what is seen of the monitor", () => {
  const runDir = mkdtempSync("/dev/shm/troupe-monitor-");
  after(() => rmSync(runDir, { recursive: true }));

  it("is nothing where none was", () => {
    assert.deepEqual(seeMonitor({ runDir }), { pid: undefined, things: [], execs: new Map() });
  });

  it("is the process that has the lock, and its records and exits, an exec's being its container's", () => {
    const lock = tryLock(join(runDir, "monitor.lock"));
    for (const name of ["exits", "monitor", `monitor/${container}`, `monitor/${exec}`]) mkdirSync(join(runDir, name));
    const pidFile = (run: string): string => join(runDir, "bundles", container, `${run}.pid`);
    writeFileSync(
      join(runDir, "monitor", container, "record.json"),
      JSON.stringify({ kind: "container", pidFile: pidFile("create") }),
    );
    writeFileSync(
      join(runDir, "monitor", exec, "record.json"),
      JSON.stringify({ kind: "exec", pidFile: pidFile("exec") }),
    );
    for (const name of [
      "journal",
      "taken",
      "journal-8:1",
      "losses",
      "losses-8:1",
      "taken-0:52",
      "handover.json",
      "socket.7",
      "taker.7.1",
      "notes",
    ])
      writeFileSync(join(runDir, "monitor", name), "");
    writeFileSync(join(runDir, "exits", ended), JSON.stringify({ kind: "container", id: ended }));
    writeFileSync(join(runDir, "exits", `${exec}.new`), "{");
    const { pid, things, execs } = seeMonitor({ runDir });
    assert.equal(pid, process.pid);
    assert.deepEqual([...execs], [[exec, container]]);
    assert.deepEqual(
      things.map(({ part, what, id }) => [part, what.slice(runDir.length + 1), id]),
      [
        ["monitorRecord", `monitor/${container}`, container],
        ["monitorRecord", `monitor/${exec}`, container],
        ["strangeFile", "monitor/notes", undefined],
        ["exit", `exits/${exec}.new`, container],
        ["exit", `exits/${ended}`, ended],
      ],
    );
    lock?.release();
  });
});
