/** An eye on Troupe while it pulls: how much memory its unpack workers had at most. */
import { readFileSync } from "node:fs";
import { processesWith } from "./processes.ts";

const everyMs = 20;
const KIB = 1024;

export interface WorkerWatch {
  /** The highest resident set of one worker, MiB. */
  end(): number;
}

const highWater = (pid: number): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / KIB;
  } catch {
    return 0; // it has ended
  }
};

const unpackWorkers = (): readonly number[] =>
  processesWith((argv) => argv.some((word) => /\/unpack-worker\.[jt]s$/.test(word)));

export const watchWorkers = (): WorkerWatch => {
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of unpackWorkers()) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, highWater(pid)));
  }, everyMs);
  return {
    end() {
      clearInterval(timer);
      return Math.max(0, ...peaks.values());
    },
  };
};
