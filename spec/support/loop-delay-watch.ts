/** Loaded into a process beside its program (`--import`): tells how late its event loop is, in a file, at each SIGUSR2. */
import { openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import type { LoopDelay } from "./loop-delay.ts";

const RESOLUTION_MS = 1;

/** Milliseconds that the main thread was ready to run and had no processor, so far: the kernel's second number. */
const watchQueue = (): (() => number) => {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const said = Buffer.alloc(64);
  return () => Number(said.toString("latin1", 0, readSync(file, said, 0, said.length, 0)).split(" ")[1]) / 1e6;
};

const watch = (file: string): void => {
  const [delays, own] = [createHistogram(), createHistogram()];
  const queued = watchQueue();
  let [last, lastQueued] = [performance.now(), queued()];
  setInterval(() => {
    const [now, nowQueued] = [performance.now(), queued()];
    // What lies between two turns of a timer is never less than what was asked for.
    const late = now - last - RESOLUTION_MS;
    for (const [histogram, ms] of [
      [delays, late],
      [own, late - (nowQueued - lastQueued)],
    ] as const)
      histogram.record(Math.max(1, Math.round(ms * 1e6)));
    [last, lastQueued] = [now, nowQueued];
  }, RESOLUTION_MS).unref();
  process.on("SIGUSR2", () => {
    const told: LoopDelay = {
      p50: delays.percentile(50) / 1e6,
      p99: delays.percentile(99) / 1e6,
      max: delays.max / 1e6,
      samples: delays.count,
      ownP99: own.percentile(99) / 1e6,
      ownMax: own.max / 1e6,
    };
    for (const histogram of [delays, own]) histogram.reset();
    writeFileSync(`${file}.new`, JSON.stringify(told));
    renameSync(`${file}.new`, file);
  });
};

const { searchParams } = new URL(import.meta.url);
const [file, word] = [searchParams.get("file"), searchParams.get("word")];
if (isMainThread && file !== null && word !== null && process.argv.includes(word)) watch(file);
