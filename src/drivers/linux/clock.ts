/** The clocks that Node does not give: time since boot with suspension counted, wall time in nanoseconds, and which boot it is. */
import { readFileSync } from "node:fs";
import type { MonoMs, WallNs } from "../../vocabulary/index.ts";
import { declare } from "./libc.ts";

const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;

const clockGettime = declare<(clock: number, timespec: Buffer) => number>("int clock_gettime(int clock, void *at)");
const timespec = Buffer.alloc(16);

/** A point of wall time: whole seconds since 1970 and the nanoseconds above them. */
export interface WallTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const read = (clock: number): WallTime => {
  clockGettime(clock, timespec);
  return { seconds: Number(timespec.readBigInt64LE(0)), nanoseconds: Number(timespec.readBigInt64LE(8)) };
};

/** CLOCK_BOOTTIME in milliseconds, with fractions. */
export const monoMs = (): MonoMs => {
  const { seconds, nanoseconds } = read(CLOCK_BOOTTIME);
  return seconds * 1e3 + nanoseconds / 1e6;
};

/** CLOCK_REALTIME in its full resolution. */
export const wallTime = (): WallTime => read(CLOCK_REALTIME);

/** CLOCK_REALTIME as decimal nanoseconds since 1970. */
export const wallNs = (): WallNs => {
  const { seconds, nanoseconds } = wallTime();
  return `${seconds}${String(nanoseconds).padStart(9, "0")}`;
};

/** Differs after each boot of the host; monotonic times and pids mean something only beside it. */
export const bootId = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
