/**
 * A thread beside the daemon's loop that says where the loop is stuck: to a file at once, and to the daemon when the loop turns
 * again. The loop itself does no more than to note two times a second that it turns.
 */
import { Worker } from "node:worker_threads";
import { Failed, failedBy } from "../../errors.ts";
import { program } from "../linux/program.ts";
import type { Told, WatchdogData } from "./messages.ts";
import type { Stall } from "./stall.ts";

export { stallText, type Stall } from "./stall.ts";
export { stallsIn } from "./stall-file.ts";

export interface Watchdog {
  /** Nothing is told any more; the thread has ended. */
  close(): Promise<void>;
}

export interface WatchdogOptions {
  /** Has the file of stalls; made where it is not there. */
  readonly directory: string;
  /** A loop that is late by so much is stuck (default: 1,000). */
  readonly stallMs?: number;
  /** It begins so much later (default: 0): who starts a daemon has better things to do with a processor. */
  readonly afterMs?: number;
  /** Once for each stall, when it is over. `unwritten`: why the file does not have it. */
  readonly told: (stall: Stall, unwritten?: string) => void;
  /** Nothing is watched any more. Called once. */
  readonly failed: (error: Error) => void;
}

const STALL_MS = 1_000;

/** It has nothing to keep; so much is for the stack of a recursion that went mad. */
const MOST_MIB = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64, stackSizeMb: 1 };

/** Keeps no process alive that has nothing else to do. */
export const startWatchdog = (options: WatchdogOptions): Watchdog => {
  const begin = (): void => {
    running = watched(options);
  };
  let running: Watchdog | undefined;
  const begins = setTimeout(begin, options.afterMs ?? 0).unref();
  return {
    close: async () => {
      clearTimeout(begins);
      await running?.close();
    },
  };
};

const watched = ({ directory, stallMs = STALL_MS, told, failed }: WatchdogOptions): Watchdog => {
  const turnMs = stallMs / 2;
  const turned = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  const turn = (): void => void Atomics.store(turned, 0, process.hrtime.bigint());
  turn();
  const turning = setInterval(turn, turnMs).unref();
  const workerData: WatchdogData = { turned, directory, stallMs, turnMs };
  const worker = new Worker(program("watchdog-thread", import.meta.url), {
    name: "watchdog",
    workerData,
    resourceLimits: MOST_MIB,
  });
  let isOver = false;
  const end = (error: Error): void => {
    clearInterval(turning);
    if (!isOver) failed(error);
    isOver = true;
  };
  worker.on("message", ({ stall, unwritten }: Told) => told(stall, unwritten));
  worker.on("error", (error) => end(failedBy("the thread that watches the event loop failed", error)));
  worker.on("exit", (code) => end(new Failed(`the thread that watches the event loop ended with status ${code}`)));
  worker.unref(); // after the first listener to messages, which would take it back
  return {
    close: async () => {
      isOver = true;
      clearInterval(turning);
      await worker.terminate();
    },
  };
};
