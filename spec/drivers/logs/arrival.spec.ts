import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallTime } from "../../../src/drivers/linux/clock.ts";
import { bytesWaiting } from "../../../src/drivers/linux/descriptor.ts";
import { openEventfd, signalEventfd } from "../../../src/drivers/linux/eventfd.ts";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { Journal } from "../../../src/drivers/logs/journal.ts";
import { LogLoop } from "../../../src/drivers/logs/log-loop.ts";
import type { LogOrder } from "../../../src/drivers/logs/messages.ts";
import { Losses } from "../../../src/drivers/logs/losses.ts";
import { numbersFrom } from "../../support/seeded.ts";
import { recordsIn } from "./support/scene.ts";

const ROUNDS = 200;

/** The loop runs here, in the spec's own thread: what is written whenever it looks at the clock comes between two wake-ups. */
describe("stdout and stderr", () => {
  let directory: string;
  let opened: number[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-logs-"));
    opened = [];
  });
  afterEach(() => {
    for (const fd of opened) closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  /** Runs the loop with `write` between its wake-ups, whenever all is taken, until that says that there is no more. */
  const logged = (write: (out: number, err: number) => boolean): readonly string[] => {
    const [[stdout, out], [stderr, err]] = (["out", "err"] as const).map((name) => {
      makeFifo(join(directory, name));
      const pair = [openToRead(join(directory, name)), openForContainer(join(directory, name))] as const;
      opened.push(...pair);
      return pair;
    }) as [readonly [number, number], readonly [number, number]];
    const path = join(directory, "0.log");
    const wake = openEventfd();
    opened.push(wake);
    let isWritten = false;
    const orders: LogOrder[] = [{ type: "stop" }];
    const monoMs = (): number => {
      if (!isWritten && bytesWaiting(stdout) + bytesWaiting(stderr) === 0) {
        isWritten = write(out, err);
        if (isWritten) signalEventfd(wake);
      }
      return performance.now();
    };
    const loop = new LogLoop({
      wake,
      journal: new Journal(directory),
      losses: new Losses(directory),
      journaldSocket: join(directory, "journald"),
      nextOrder: () => orders.shift(),
      tell: () => undefined,
      retryMs: 1000,
      monoMs,
      now: wallTime,
    });
    loop.run([{ id: "c1", path, stdout, stderr }], []);
    return recordsIn(path);
  };

  it("come into the log in the order of arrival, one write to each between two wake-ups", () => {
    const below = numbersFrom(7);
    const expected: string[] = [];
    let round = 0;
    const records = logged((out, err) => {
      if (round === ROUNDS) return true;
      round++;
      const order = below(2) === 0 ? (["stdout", "stderr"] as const) : (["stderr", "stdout"] as const);
      for (const stream of order.slice(0, 1 + below(2))) {
        writeSync(stream === "stdout" ? out : err, `${round}\n`);
        expected.push(`${stream} F ${round}`);
      }
      return false;
    });
    assert.deepEqual(records, expected);
  });

  it("each keep their own order, whatever comes of both at once", () => {
    let round = 0;
    const records = logged((out, err) => {
      if (round === ROUNDS) return true;
      for (let line = 0; line < 20; line++) {
        writeSync(out, `${round * 20 + line}\n`);
        writeSync(err, `${round * 20 + line}\n`);
      }
      round++;
      return false;
    });
    const numbers = Array.from({ length: ROUNDS * 20 }, (_, at) => String(at));
    for (const stream of ["stdout", "stderr"])
      assert.deepEqual(
        records.filter((record) => record.startsWith(stream)).map((record) => record.slice(9)),
        numbers,
      );
  });
});
