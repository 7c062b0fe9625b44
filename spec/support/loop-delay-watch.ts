/** Loaded into a daemon beside its program (`--import`): tells how late its event loop is, in a file, at each SIGUSR2. */
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import { delayFile, type LoopDelay } from "./loop-delay.ts";

const RESOLUTION_MS = 1;

const file = delayFile();
if (isMainThread && file !== undefined && process.argv.includes("serve")) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  process.on("SIGUSR2", () => {
    // The histogram is of what lay between two timers, which is never less than what was asked for.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const told: LoopDelay = {
      p50: late(delays.percentile(50)),
      p99: late(delays.percentile(99)),
      max: late(delays.max),
      samples: delays.count,
    };
    delays.reset();
    writeFileSync(`${file}.new`, JSON.stringify(told));
    renameSync(`${file}.new`, file);
  });
}
