import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  readSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import type { LogSource } from "../../../src/drivers/logs/container-log.ts";
import { Logs } from "../../../src/drivers/logs/logs.ts";

interface Container {
  readonly source: LogSource & { readonly path: string };
  say(text: string): void;
  /** Its processes end: nobody holds its streams to write any more. */
  end(): void;
  lines(): readonly string[];
}

describe("the log thread", () => {
  let directory: string;
  let logs: Logs;
  let opened: number[];
  const warnings: string[] = [];
  const waiting = new Map<string, () => void>();

  const begin = (sources: readonly LogSource[] = [], idleMs?: number): Logs =>
    new Logs({
      directory,
      ...(idleMs !== undefined && { idleMs }),
      sources,
      listener: {
        ended: (id) => waiting.get(id)?.(),
        hungUp: () => undefined,
        detached: () => undefined,
        warn: (text) => {
          warnings.push(text);
          waiting.get("warning")?.();
        },
      },
    });
  /** Resolves at the end of this log, or at the next warning. */
  const next = (id: string): Promise<void> => new Promise((resolve) => waiting.set(id, resolve));

  const container = (id: string): Container => {
    const open = (name: string): readonly [number, number] => {
      const path = join(directory, `${id}-${name}`);
      makeFifo(path);
      const pair = [openToRead(path), openForContainer(path)] as const;
      opened.push(pair[0]);
      return pair;
    };
    const [[stdout, out], [stderr, err]] = [open("out"), open("err")];
    const path = join(directory, `${id}.log`);
    return {
      source: { id, path, stdout, stderr },
      say: (text) => void writeSync(out, text),
      end: () => [out, err].forEach((fd) => closeSync(fd)),
      lines: () =>
        readFileSync(path, "utf8")
          .split("\n")
          .slice(0, -1)
          .map((record) => record.slice(40)),
    };
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-logs-"));
    opened = [];
    warnings.length = 0;
    waiting.clear();
    logs = begin();
  });

  afterEach(async () => {
    assert.equal(await logs.stop(5000), true);
    logs.release();
    for (const fd of opened) closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  it("has all in the log before a drain is answered, and none of what comes later delays it", async () => {
    const one = container("one");
    logs.open(one.source);
    for (let round = 0; round < 20; round++) {
      one.say(`line ${round}\n`);
      await logs.drain("one", 5000);
      assert.equal(one.lines().at(-1), `line ${round}`);
    }
    one.end();
  });

  it("answers a drain of a container that it does not know", async () => {
    await logs.drain("unknown", 5000);
  });

  it("says when nobody can write any more, also of one that ended before it was opened", async () => {
    const [one, two] = [container("one"), container("two")];
    two.say("before\n");
    two.end();
    const ends = [next("one"), next("two")];
    logs.open(one.source);
    logs.open(two.source);
    one.say("last words");
    one.end();
    await Promise.all(ends);
    assert.deepEqual([one.lines(), two.lines()], [["last words"], ["before"]]);
  });

  it("takes what there is before it lets go of a container", async () => {
    const one = container("one");
    one.say("a\nb\n");
    logs.open(one.source);
    await logs.close("one");
    assert.deepEqual(one.lines(), ["a", "b"]);
    one.say("c\n");
    await logs.drain("one", 5000);
    assert.deepEqual(one.lines(), ["a", "b"]);
    one.end();
  });

  it("ends when it has had nothing to log for a while, and begins again with the next log", async () => {
    assert.equal(await logs.stop(5000), true);
    logs.release();
    logs = begin([], 20);
    const threads = (): number => readdirSync("/proc/self/task").length;
    const before = threads();
    for (const id of ["one", "two", "three"]) {
      const each = container(id);
      logs.open(each.source);
      each.say("here\n");
      await logs.drain(id, 5000);
      assert.ok(threads() > before);
      await logs.close(id);
      assert.deepEqual(each.lines(), ["here"]);
      each.end();
      while (threads() > before) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it("goes on after a stop with what it had, and with what it is given to begin with", async () => {
    const [one, two] = [container("one"), container("two")];
    logs.open(one.source);
    await logs.drain("one", 5000);
    assert.equal(await logs.stop(5000), true);
    one.say("while stopped\n");
    logs.resume();
    await logs.drain("one", 5000);
    assert.deepEqual(one.lines(), ["while stopped"]);

    assert.equal(await logs.stop(5000), true);
    logs.release();
    two.say("before the second thread\n");
    logs = begin([one.source, two.source]);
    await Promise.all([logs.drain("one", 5000), logs.drain("two", 5000)]);
    assert.deepEqual(two.lines(), ["before the second thread"]);
    one.end();
    two.end();
  });

  it("a log that hangs holds up its own lane alone, is told of, and gets all that was said when it answers", async () => {
    const [hung, beside, other] = [container("hung"), container("beside"), container("other")];
    makeFifo(hung.source.path); // full as it is, whoever writes into it sleeps, as on a frozen disk
    const log = openSync(hung.source.path, constants.O_RDWR);
    opened.push(log);
    writeSync(log, Buffer.alloc(64 * 1024));
    logs.open({ ...hung.source, lane: "8:1" });
    logs.open({ ...beside.source, lane: "8:1" });
    logs.open({ ...other.source, lane: "8:2" });
    hung.say("kept\n");
    await logs.drain("hung", 500);
    assert.match(warnings.join(), /^the log of container "hung" has not taken all within 500 ms: .* is kept/);
    other.say("served\n");
    await logs.drain("other", 5000);
    assert.deepEqual(other.lines(), ["served"]);
    assert.equal(await logs.stop(50), false);
    logs.resume();

    beside.say("late\n");
    readSync(log, Buffer.alloc(64 * 1024));
    await logs.drain("beside", 5000);
    assert.deepEqual(beside.lines(), ["late"]);
    for (const each of [hung, beside, other]) each.end();
  });

  it("says once that a log takes nothing, serves the others, and tries again", async () => {
    const [bad, good] = [container("bad"), container("good")];
    mkdirSync(bad.source.path);
    bad.say("kept\n");
    const stalled = next("warning");
    logs.open(bad.source);
    await stalled;
    assert.match(warnings[0] ?? "", /^the log of container "bad" takes nothing: .*EISDIR.*; what it writes is kept$/);
    logs.open(good.source);
    good.say("served\n");
    await logs.drain("good", 5000);
    assert.deepEqual(good.lines(), ["served"]);
    const before = process.cpuUsage();
    await logs.drain("bad", 300); // ends by its bound
    const { user, system } = process.cpuUsage(before);
    assert(user + system < 250_000, "a FIFO that is not read makes the thread spin");

    rmdirSync(bad.source.path);
    const resumed = next("warning");
    await logs.drain("bad", 5000);
    await resumed;
    assert.deepEqual(bad.lines(), ["kept"]);
    assert.deepEqual(warnings.length, 2);
    assert.match(warnings[1] ?? "", /takes again$/);
    for (const each of [bad, good]) each.end();
  });
});
