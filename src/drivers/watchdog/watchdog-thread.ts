/**
 * The watchdog's thread: notices that the main thread's loop does not turn, looks where that is, and writes it down. Nothing here
 * waits for the main thread, nor for a disk: /run is memory, and source maps are left out where they take long.
 */
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { LoopWatch, type News } from "./loop-watch.ts";
import { inKernel, starvedMs, type InKernel } from "./main-in-kernel.ts";
import { StackLook, type Frame } from "./main-stack.ts";
import type { Told, WatchdogData } from "./messages.ts";
import { sourcePlaces } from "./source-places.ts";
import type { Stall } from "./stall.ts";
import { writeStall } from "./stall-file.ts";

/** A thread that runs comes to a halt soon, on a busy host less so; one in the kernel does not before it is back. */
const PATIENCE_MS = { running: 1_000, inKernel: 100 };
const MAPS_MS = 500;

const { turned, directory, stallMs, turnMs } = workerData as WatchdogData;
const main = process.pid; // the main thread's number is the process's
const program = new URL(import.meta.url.endsWith(".ts") ? "../../.." : "..", import.meta.url).href;
// Whoever steps through the daemon is let alone.
const isDebugged = process.execArgv.some((option) => option.startsWith("--inspect"));

/** Of the stall that lasts. */
interface Seen {
  /** Of the loop before it. */
  readonly turned: bigint;
  look?: StackLook;
  stack: readonly string[];
  kernel: InKernel | undefined;
}

let seen: Seen | undefined;
let starvedBefore = starvedMs(main);

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
/** Since boot, in hundredths of a second. */
const monoMs = (): number => Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1e3;

const namesOf = async (frames: readonly Frame[]): Promise<readonly string[]> => {
  const timer = Promise.withResolvers<undefined>();
  const limit = setTimeout(timer.resolve, MAPS_MS, undefined);
  const bundled = frames.map(({ place }) => place);
  const places = (await Promise.race([sourcePlaces(bundled), timer.promise])) ?? bundled;
  clearTimeout(limit);
  return frames.map(({ name }, index) => {
    const { url: whole, line } = places[index]!;
    const url = whole.replace(/[?#].*$/, "");
    const file = url.startsWith(program) ? url.slice(program.length) : url.replace(/^file:\/\//, "");
    return `${name} ${file}:${line + 1}`;
  });
};

const lookInto = async (stall: Seen): Promise<void> => {
  stall.kernel = inKernel(main);
  if (isDebugged) return;
  // One that waits for the thread to come back from the kernel does so still.
  if (!stall.look?.isOpen) stall.look = new StackLook(() => Atomics.load(turned, 0) !== stall.turned);
  const frames = await stall.look.within(stall.kernel ? PATIENCE_MS.inKernel : PATIENCE_MS.running);
  if (frames) stall.stack = await namesOf(frames);
};

/** The loop turns again. A thread that could not be looked at before was when it came back. */
const lookBack = async (stall: Seen): Promise<void> => {
  stall.look?.close();
  const frames = await stall.look?.within(0);
  if (frames && stall.stack.length === 0) stall.stack = await namesOf(frames);
};

const tell = async (stall: Seen, { ms, over }: News, starved: number): Promise<void> => {
  await (over ? lookBack(stall) : lookInto(stall));
  const told: Stall = {
    kind: "stalled",
    pid: process.pid,
    wall: Date.now(),
    mono: monoMs(),
    ms: Math.round(ms),
    over,
    stack: stall.stack,
    ...stall.kernel,
    ...(starved >= 1 && { starvedMs: Math.round(starved) }),
  };
  const unwritten = writeStall(directory, told);
  if (over) parentPort?.postMessage({ stall: told, ...(unwritten !== undefined && { unwritten }) } satisfies Told);
};

/** One after another: what was noticed is written before that it is over. */
let telling: Promise<void> = Promise.resolve();
const watch = new LoopWatch({ stallMs, turnMs }, nowMs());

const look = (): void => {
  const last = Atomics.load(turned, 0);
  const { news, nextMs } = watch.look(nowMs(), Number(last) / 1e6);
  if (news) {
    seen ??= { turned: last, stack: [], kernel: undefined };
    const stall = seen;
    const starved = Math.min(news.ms, starvedMs(main) - starvedBefore);
    telling = telling.then(() => tell(stall, news, starved));
  }
  if (!watch.isStuck) {
    seen = undefined;
    starvedBefore = starvedMs(main);
  }
  setTimeout(look, nextMs);
};
look();
