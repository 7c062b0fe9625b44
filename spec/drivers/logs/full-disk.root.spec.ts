import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { Logs } from "../../../src/drivers/logs/logs.ts";
import { inTestNode } from "../../support/in-test-node.ts";

const LINES = 60_000;
const deaf = { hungUp: () => undefined, detached: () => undefined };

describe("a full log disk", inTestNode, () => {
  it("costs no line: the container waits, what was taken stays whole, the rest comes when there is room", async () => {
    const directory = mkdtempSync("/run/troupe-logs-");
    const disk = mkdtempSync("/run/troupe-disk-");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
    const [fifo, silent, path] = [join(directory, "out"), join(directory, "err"), join(disk, "0.log")];
    for (const each of [fifo, silent]) makeFifo(each);
    const stderr = openToRead(silent);
    const [reader, holder] = [openToRead(fifo), openForContainer(fifo)];
    const full = Promise.withResolvers<string>();
    const ended = Promise.withResolvers<void>();
    const logs = new Logs({
      directory,
      sources: [],
      listener: { ...deaf, warn: full.resolve, ended: () => ended.resolve() },
    });
    logs.open({ id: "c1", path, stdout: reader, stderr });
    const writer = spawn("sh", ["-c", `seq 1 ${LINES} > ${fifo}`], { stdio: "ignore" });

    assert.match(await full.promise, /takes nothing: .*ENOSPC/);
    const whole = readFileSync(path, "utf8");
    assert(whole.length > 0 && whole.endsWith("\n"));
    assert.equal(writer.exitCode, null);

    execFileSync("mount", ["-o", "remount,size=4m", disk]);
    await once(writer, "exit");
    closeSync(holder);
    await ended.promise;
    const text = readFileSync(path, "utf8");
    assert.equal(text.slice(0, whole.length), whole);
    const said = text
      .split("\n")
      .slice(0, -1)
      .map((record) => record.slice(40) + (record[38] === "F" ? "\n" : ""));
    assert.equal(said.join(""), Array.from({ length: LINES }, (_, index) => `${index + 1}\n`).join(""));

    assert.equal(await logs.stop(5000), true);
    logs.release();
    for (const fd of [reader, stderr]) closeSync(fd);
    execFileSync("umount", [disk]);
    for (const each of [directory, disk]) rmSync(each, { recursive: true });
  });
});
