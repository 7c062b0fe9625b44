import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bytesWaiting } from "../../../src/drivers/linux/descriptor.ts";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { eventually } from "../../support/eventually.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import type { Killable } from "./support/logging-process.ts";
import { recordsIn, saidIn, Scene } from "./support/scene.ts";

const KILLS = 12;
const LINES = 6_000_000;
const program = fileURLToPath(new URL("support/logging-process.ts", import.meta.url));

/** What the notices of a log sum up to. */
const bytesTold = (path: string): number =>
  recordsIn(path)
    .map((record) => Number(/troupe: (\d+) bytes of output were dropped here/.exec(record)?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0);

const bytesOfLines = (count: number): number =>
  Array.from({ length: String(count).length }, (_, digits) => 10 ** digits)
    .map((from) => (Math.min(count, from * 10 - 1) - from + 1) * (String(from).length + 1))
    .reduce((sum, bytes) => sum + bytes, 0);

describe("output that is dropped and counted", inTestNode, () => {
  let disk: string;
  beforeEach(() => {
    disk = mkdtempSync("/run/troupe-disk-");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
  });
  afterEach(() => {
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  });
  const makeRoom = (): void => void execFileSync("mount", ["-o", "remount,size=4m", disk]);

  it(`is counted to the byte over ${KILLS} deaths of who counts`, async () => {
    const directory = mkdtempSync("/run/troupe-logs-");
    const one: Killable = {
      id: "one",
      path: join(disk, "0.log"),
      fifo: join(directory, "out"),
      hasTerminal: false,
      whenFull: "drop",
    };
    makeFifo(one.fifo);
    const held = [openToRead(one.fifo), openForContainer(one.fifo)] as const;
    const writer = spawn("seq", ["1", String(LINES)], { stdio: ["ignore", held[1], "ignore"] });
    const begin = (): ChildProcess =>
      spawn(process.execPath, [program, directory, JSON.stringify(one)], { stdio: ["pipe", "pipe", "pipe"] });

    let kills = 0;
    for (; kills < KILLS && writer.exitCode === null; kills++) {
      const process = begin();
      await once(process.stderr ?? assert.fail(), "data"); // its log takes nothing
      await sleep(kills % 5);
      process.kill("SIGKILL");
      await once(process, "exit");
    }
    assert(kills >= 5, `only ${kills} kills`);
    const last = begin();
    if (writer.exitCode === null) await once(writer, "exit");
    await eventually("the end of the output", () => bytesWaiting(held[0]) === 0);
    makeRoom();
    last.stdin?.write("one\n");
    await once(last.stdout ?? assert.fail(), "data");
    last.kill("SIGKILL");
    await once(last, "exit");
    for (const fd of held) closeSync(fd);

    const kept = saidIn(one.path);
    assert(kept.startsWith("1\n2\n3\n"));
    assert.equal(bytesTold(one.path) + kept.length, bytesOfLines(LINES), `over ${kills} kills`);
    rmSync(directory, { recursive: true });
  });

  it("is counted to the byte though the log thread throws, and is replaced, in between", async () => {
    const scene = new Scene();
    const path = join(disk, "0.log");
    const one = scene.container("one", { path, whenFull: "drop" });
    scene.logs.open(one.source);
    const text = "0123456789abcdef".repeat(4096);
    for (let round = 0; round < 6; round++) {
      const failed = scene.told.length;
      one.say(text);
      scene.logs.open({ id: "bad", stdout: 99_999 }); // no descriptor
      await eventually("a death", () => scene.told.slice(failed).some((each) => each.includes("thread failed")));
      await scene.logs.close("bad");
      await eventually("a thread that goes on", () => bytesWaiting(one.source.stdout) === 0);
    }
    makeRoom();
    one.say("room again\n");
    one.end();
    await scene.heard("one ended");
    const said = saidIn(path);
    assert(said.endsWith("room again\n"));
    assert(bytesTold(path) > 0);
    assert.equal(bytesTold(path) + said.length, 6 * text.length + "room again\n".length);
    await scene.close();
  });
});
