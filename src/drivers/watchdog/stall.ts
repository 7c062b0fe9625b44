/** A time in which the daemon's event loop did not turn: what is told of it, and how that reads. */
import type { MonoMs } from "../../vocabulary/index.ts";

/** JSON as it stands: one line of the file, and the `stalled` of a recording. */
export interface Stall {
  readonly kind: "stalled";
  /** Of the process whose loop it is. */
  readonly pid: number;
  /** When this was told, in milliseconds since 1970. */
  readonly wall: number;
  /** The same on the clock of this boot. */
  readonly mono: MonoMs;
  /** How late the loop is, or was in the end: it stood still for so long at least. */
  readonly ms: number;
  readonly over: boolean;
  /** Functions of the main thread with their places, innermost first. Empty: it could not be stopped to be looked at. */
  readonly stack: readonly string[];
  /** What the main thread was in the kernel for when it was noticed; absent: it was running. */
  readonly syscall?: string;
  /** Where in the kernel, innermost first, as far as the kernel says. */
  readonly kernel?: readonly string[];
  /** So many of these milliseconds it was ready to run, and others had the processor. */
  readonly starvedMs?: number;
}

/** Of a stack in a sentence. */
const SHOWN = 6;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const where = ({ stack, syscall, kernel }: Stall): string => {
  const code = stack.length > 0 ? ` in ${stack.slice(0, SHOWN).join(", called by ")}` : "";
  if (syscall === undefined) return code || " in native code, which does not say where it is";
  return `${code}, waiting in the kernel: ${[syscall, ...(kernel?.slice(0, 1) ?? [])].join(", ")}`;
};

/** `the event loop stood still for 3.2 s in busyHook src/x.ts:12, called by …` */
export const stallText = (stall: Stall): string => {
  const { ms, over, starvedMs = 0 } = stall;
  const starved = starvedMs > ms / 10 ? `; for ${seconds(starvedMs)} of it others had the processor` : "";
  return `the event loop ${over ? "stood" : "has stood"} still for ${seconds(ms)}${where(stall)}${starved}`;
};
