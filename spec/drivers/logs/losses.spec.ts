import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { appendFileSync, closeSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { ContainerLog, type Feed } from "../../../src/drivers/logs/container-log.ts";
import { notice, timestamp } from "../../../src/drivers/logs/cri-format.ts";
import { Journal } from "../../../src/drivers/logs/journal.ts";
import { LogWriter } from "../../../src/drivers/logs/log-writer.ts";
import { lossText } from "../../../src/drivers/logs/log-words.ts";
import { Losses, type Loss } from "../../../src/drivers/logs/losses.ts";

const later = { seconds: 1_800_000_001, nanoseconds: 2 };
const since = timestamp({ seconds: 1_800_000_000, nanoseconds: 1 });
const reason = "ENOSPC: no space left on device, write";

describe("what was dropped", () => {
  let directory: string;
  let path: string;
  let fifo: number;
  let container: number;
  let log: ContainerLog;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-logs-"));
    path = join(directory, "0.log");
    makeFifo(join(directory, "fifo"));
    fifo = openToRead(join(directory, "fifo"));
    container = openForContainer(join(directory, "fifo"));
    log = new ContainerLog({ id: "c1", path, stdout: fifo, whenFull: "drop" });
  });
  afterEach(() => {
    log.close();
    for (const fd of [fifo, container]) closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  const feed = (): Feed => log.feeds[0] ?? assert.fail();
  /** What the next thread of the lane finds. */
  const next = () => {
    const journal = new Journal(directory);
    const losses = new Losses(directory, "", journal.lastDrop);
    return { journal, losses, writer: new LogWriter(journal, () => later) };
  };
  const lose = (text: string, { losses, writer }: ReturnType<typeof next>): void => {
    writeSync(container, text);
    assert.equal(writer.lose(feed(), losses, losses.get("c1") ?? assert.fail()), "took");
  };
  /** One that has dropped so many bytes. */
  const dropped = (bytes: number): ReturnType<typeof next> => {
    const first = next();
    first.losses.write({ id: "c1", bytes: 0, since, reason });
    for (let sum = 0; sum < bytes; sum += 100) lose("x".repeat(Math.min(100, bytes - sum)), first);
    return first;
  };
  const records = (): readonly string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);

  it("goes on being counted by a successor, whatever step the death came behind", () => {
    const first = dropped(250);
    assert.equal(next().losses.get("c1")?.bytes, 250);
    const head = { id: "c1", stream: "stdout", rawBytes: 7, lastByte: 0x67, lost: 257, since } as const;
    writeSync(container, "abcdefg");
    first.journal.begin(head);
    assert.equal(next().losses.get("c1")?.bytes, 250, "what was to be dropped is in the FIFO");
    first.journal.take(fifo, head);
    const last = next();
    assert.equal(last.losses.get("c1")?.bytes, 257, "what was dropped is in no slot yet");
    lose("hij", last);
    assert.equal(next().losses.get("c1")?.bytes, 260);
  });

  it("and told is not lost again, though its drop is the journal's last word", () => {
    const { writer, losses } = dropped(100);
    writer.tell(log, losses);
    assert.equal(next().losses.get("c1"), undefined);
    losses.write({ id: "c1", bytes: 0, since: timestamp(later), reason });
    assert.equal(next().losses.get("c1")?.bytes, 0);
  });

  it("is told once, wherever in its record the death came", () => {
    const record = notice(lossText({ id: "c1", bytes: 100, since, reason }), timestamp(later));
    for (const written of [0, 1, 30, 31, 100, record.length - 1, record.length]) {
      const { losses } = dropped(100);
      const file = log.file(path);
      const loss = losses.get("c1") ?? assert.fail();
      losses.write({ ...loss, told: { inode: file.inode, offset: statSync(path).size, stamp: timestamp(later) } });
      appendFileSync(path, record.subarray(0, written));
      const { writer, losses: inherited } = next();
      writer.tell(log, inherited);
      assert.deepEqual(records(), [record.toString().slice(0, -1)], `with ${written} bytes in the log`);
      assert.equal(next().losses.get("c1"), undefined);
      log.close();
      rmSync(path);
    }
  });

  it("is told once also where the log was rotated behind the record", () => {
    const { writer, losses } = dropped(100);
    const loss = losses.get("c1") ?? assert.fail();
    writer.tell(log, losses);
    losses.write({ ...loss, told: { inode: statSync(path).ino, offset: 0, stamp: timestamp(later) } });
    renameSync(path, `${path}.1`);
    log.close();
    next().writer.tell(log, losses);
    assert.equal(readFileSync(path, "utf8"), "");
    assert.equal(next().losses.get("c1"), undefined);
  });

  it("of one container says nothing of another, and is forgotten with it", () => {
    const { losses } = next();
    const lossOf = (id: string, bytes: number): Loss => ({ id, bytes, since, reason });
    for (const [at, id] of ["a", "b", "c", "d", "e"].entries()) losses.write(lossOf(id, at));
    losses.forget("b");
    losses.write(lossOf("f", 9)); // in the slot of "b"
    assert.equal(statSync(join(directory, "losses")).size, 5 * 1024);
    const inherited = next().losses;
    assert.deepEqual(
      ["a", "b", "c", "d", "e", "f"].map((id) => inherited.get(id)?.bytes),
      [0, undefined, 2, 3, 4, 9],
    );
    inherited.keep(new Set(["c", "f"]));
    assert.deepEqual(
      ["a", "b", "c", "d", "e", "f"].map((id) => next().losses.get(id)?.bytes),
      [undefined, undefined, 2, undefined, undefined, 9],
    );
  });

  it("has a slot that holds any reason", () => {
    const { losses } = next();
    const long = `EISDIR: it is a directory, open "/${'\u0001\\"é'.repeat(1000)}"`;
    losses.write({ id: "f".repeat(64), bytes: Number.MAX_SAFE_INTEGER, since, reason: long });
    assert.match(next().losses.get("f".repeat(64))?.reason ?? "", /^EISDIR: it is a directory, open \?\/\?{40}/);
  });
});
