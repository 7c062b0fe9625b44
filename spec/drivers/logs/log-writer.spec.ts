import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesWaiting } from "../../../src/drivers/linux/descriptor.ts";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { ContainerLog } from "../../../src/drivers/logs/container-log.ts";
import { frame, roomFor, timestamp } from "../../../src/drivers/logs/cri-format.ts";
import { Journal } from "../../../src/drivers/logs/journal.ts";
import { append, sizeOf } from "../../../src/drivers/logs/log-file.ts";
import { LogWriter, type Pumped } from "../../../src/drivers/logs/log-writer.ts";

const first = { seconds: 1_800_000_000, nanoseconds: 1 };
const later = { seconds: 1_800_000_001, nanoseconds: 2 };

describe("the log writer", () => {
  let directory: string;
  let path: string;
  let container: number;
  let fifo: number;
  let log: ContainerLog;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-logs-"));
    path = join(directory, "logs", "0.log");
    makeFifo(join(directory, "fifo"));
    fifo = openToRead(join(directory, "fifo"));
    container = openForContainer(join(directory, "fifo"));
    log = new ContainerLog({ id: "c1", path, stdout: fifo, stderr: fifo });
  });

  afterEach(() => {
    log.close();
    closeSync(fifo);
    closeSync(container);
    rmSync(directory, { recursive: true });
  });

  const feed = () => {
    const [stdout] = log.feeds;
    assert(stdout);
    return stdout;
  };
  const pumpAll = (writer: LogWriter): Pumped => {
    for (;;) {
      const pumped = writer.pump(feed());
      if (pumped !== "took") return pumped;
    }
  };
  /** What the container wrote, put together again. */
  const output = (): string =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((record) => record.slice(40) + (record[38] === "F" ? "\n" : ""))
      .join("");

  it("makes the directory of a log that has none, and appends to a log that is there", () => {
    writeSync(container, "one\n");
    assert.equal(pumpAll(new LogWriter(new Journal(directory), () => first)), "empty");
    assert.equal(readFileSync(path, "utf8"), `${timestamp(first)} stdout F one\n`);
    log.close();
    log = new ContainerLog({ id: "c1", path, stdout: fifo, stderr: fifo });
    writeSync(container, "two");
    pumpAll(new LogWriter(new Journal(directory), () => later));
    assert.equal(readFileSync(path, "utf8"), `${timestamp(first)} stdout F one\n${timestamp(later)} stdout P two\n`);
  });

  it("sees the end of a FIFO that nobody holds to write any more", () => {
    writeSync(container, "x\n");
    closeSync(container);
    assert.equal(pumpAll(new LogWriter(new Journal(directory), () => first)), "ended");
    assert.equal(output(), "x\n");
    container = openForContainer(join(directory, "fifo"));
  });

  it("reads and drops the output of a container without a log", () => {
    log = new ContainerLog({ id: "c1", stdout: fifo, stderr: fifo });
    writeSync(container, "x".repeat(5000));
    assert.equal(pumpAll(new LogWriter(new Journal(directory), () => first)), "empty");
    assert.equal(bytesWaiting(fifo), 0);
    assert.equal(feed().consumed, 5000);
  });

  it("leaves everything in the FIFO while its log cannot be opened", () => {
    mkdirSync(path, { recursive: true });
    writeSync(container, "kept\n");
    const writer = new LogWriter(new Journal(directory), () => first);
    assert.throws(() => writer.pump(feed()), { code: "EISDIR" });
    rmSync(path, { recursive: true });
    pumpAll(writer);
    assert.equal(output(), "kept\n");
  });

  it("goes on without end in bounded memory", () => {
    const writer = new LogWriter(new Journal(directory), () => first);
    const chunk = Buffer.from("0123456789abcde\n".repeat(4000));
    for (let round = 0; round < 40; round++) {
      writeSync(container, chunk);
      pumpAll(writer);
    }
    assert.equal(feed().consumed, 40 * chunk.length);
    assert.equal(readFileSync(join(directory, "journal")).length, 4096);
    assert.deepEqual(readdirSync(directory).toSorted(), ["fifo", "journal", "logs"]);
  });

  describe("after its predecessor was killed", () => {
    const raw = "alpha\nbeta\ngamma";

    /** A predecessor that came so far with one chunk: bytes of its records in the log, and whether it consumed the chunk. */
    const killedAfter = (written: number, taken = false): number => {
      const journal = new Journal(directory);
      const file = log.file(path);
      const bytes = Buffer.from(raw);
      const framed = Buffer.alloc(roomFor(bytes.length));
      const length = frame(bytes, bytes.length, "stdout", timestamp(first), framed);
      const head = { rawBytes: bytes.length, lastByte: bytes.at(-1) ?? 0 };
      const at = { offset: sizeOf(file), inode: file.inode, stamp: timestamp(first) };
      const chunk = { id: "c1", stream: "stdout", ...at, ...head } as const;
      journal.begin(chunk);
      append(file, framed, 0, Math.min(written, length));
      if (taken) journal.take(fifo, chunk);
      log.close();
      return length;
    };

    const recover = (): void => {
      log = new ContainerLog({ id: "c1", path, stdout: fifo, stderr: fifo });
      const journal = new Journal(directory);
      const writer = new LogWriter(journal, () => later);
      if (journal.unfinished) writer.finish(log, journal.unfinished);
      pumpAll(writer);
    };

    it("at any byte of the log, has each line once", () => {
      const LENGTH = 3 * 41 + raw.length - 2;
      for (let written = 0; written <= LENGTH; written++) {
        rmSync(path, { force: true });
        log.close();
        writeSync(container, `${raw}\n`);
        assert.equal(killedAfter(written), LENGTH);
        recover();
        assert.equal(output(), `${raw}\n`, `with ${written} bytes in the log`);
      }
    });

    it("before or after the FIFO had lost the chunk, has each line once, though the same bytes come again", () => {
      for (const taken of [false, true]) {
        rmSync(path, { force: true });
        log.close();
        writeSync(container, raw);
        writeSync(container, `${raw}\n`); // a comparison could not tell
        killedAfter(Number.POSITIVE_INFINITY, taken);
        recover();
        assert.equal(output(), `${raw}${raw}\n`, taken ? "consumed" : "not consumed");
      }
    });

    it("and its FIFO was lost, leaves no half record", () => {
      writeSync(container, raw);
      killedAfter(60);
      closeSync(container);
      closeSync(fifo); // nobody keeps it: its bytes are gone
      fifo = openToRead(join(directory, "fifo"));
      container = openForContainer(join(directory, "fifo"));
      recover();
      const [alpha, notice, ...rest] = readFileSync(path, "utf8").split("\n");
      assert.equal(alpha, `${timestamp(first)} stdout F alpha`);
      assert.match(notice ?? "", / stderr F troupe: output was lost here, as daemon and monitor were both down$/);
      assert.deepEqual(rest, [""]);
    });

    it("and its log was rotated, finishes the old file and goes on in the new one", () => {
      writeSync(container, raw);
      killedAfter(60);
      writeSync(container, "\nafter\n");
      renameSync(path, `${path}.1`);
      recover();
      assert.equal(output(), "\nafter\n");
      path = `${path}.1`;
      assert.equal(output(), raw);
    });

    it("and its log was rotated and removed, rather doubles than loses, and says so", () => {
      writeSync(container, raw);
      killedAfter(60);
      const removed = openSync(path, "r"); // or the new file could get its inode
      rmSync(path);
      recover();
      closeSync(removed);
      assert.match(readFileSync(path, "utf8"), twice(/^/));
      assert.equal(output().split("\n").slice(1).join("\n"), raw);
    });

    it("and somebody else has written into the log, leaves that alone, and says that the output may be there twice", () => {
      writeSync(container, raw);
      killedAfter(60);
      appendFileSync(path, "not ours\n");
      recover();
      assert.match(readFileSync(path, "utf8"), twice(/^.* F alpha\n.*not ours\n/));
    });

    it("and somebody else has written behind the whole chunk, has each line once", () => {
      writeSync(container, raw);
      killedAfter(Number.POSITIVE_INFINITY);
      appendFileSync(path, "not ours\n");
      recover();
      assert.match(readFileSync(path, "utf8"), /^.*F alpha\n.*F beta\n.*P gamma\nnot ours\n$/);
    });

    const twice = (before: RegExp): RegExp =>
      new RegExp(
        `${before.source}.* stderr F troupe: the next ${raw.length} bytes of output may be .* twice, .*\\n.*F alpha\\n.*F beta\\n.*P gamma\\n$`,
      );
  });
});
