/** Between the daemon's main thread and its watchdog's. */
import type { Stall } from "./stall.ts";

export interface WatchdogData {
  /** When the main thread's loop has turned last, in nanoseconds of `process.hrtime`. */
  readonly turned: BigInt64Array;
  readonly directory: string;
  readonly stallMs: number;
  readonly turnMs: number;
}

/** A stall is over. */
export interface Told {
  readonly stall: Stall;
  /** Why the file does not have it. */
  readonly unwritten?: string;
}
