/**
 * Profiles of this very process, by V8's own profilers over a session within it: no port is opened.
 *
 * They hold names of functions and files, times and sizes, and nothing that a program has in its variables. A heap snapshot has
 * all of that, environments and credentials included; so it is not offered.
 */
import type { Session } from "node:inspector/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Cancelled, Invalid, NotAllowed } from "../../errors.ts";

export type ProfileKind = "cpu" | "heap";

export interface Profiler {
  /**
   * What V8 measured in so many seconds: of `cpu` the object of a `.cpuprofile`, of `heap` that of a `.heapprofile`, which has
   * what was allocated meanwhile and is still alive. Throws Invalid, NotAllowed where one is under way, Cancelled.
   */
  take(kind: ProfileKind, seconds: number, signal: AbortSignal): Promise<object>;
}

const MOST_SECONDS = 60;

/** A look at the stack each millisecond: a minute of them is a megabyte. */
const SAMPLE_US = 1_000;
/** One allocation in so many bytes is noted: what a container leaves in memory is seen, and 100 MiB have some 25,000 of them. */
const SAMPLE_BYTES = 4 << 10;

const measures = {
  cpu: async (session: Session, measured: () => Promise<void>): Promise<object> => {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    await measured();
    return (await session.post("Profiler.stop")).profile;
  },
  heap: async (session: Session, measured: () => Promise<void>): Promise<object> => {
    await session.post("HeapProfiler.enable");
    await session.post("HeapProfiler.startSampling", { samplingInterval: SAMPLE_BYTES });
    await measured();
    return (await session.post("HeapProfiler.stopSampling")).profile;
  },
};

/** One at a time. */
export const profiler = (): Profiler => {
  let underWay: string | undefined;
  return {
    take: async (kind, seconds, signal) => {
      if (underWay !== undefined)
        throw new NotAllowed(`${underWay} is being taken, and one at a time is enough: ask again when it is done`);
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_SECONDS)
        throw new Invalid(`a profile takes 1 to ${MOST_SECONDS} whole seconds`);
      underWay = `a ${kind} profile of ${seconds} s`;
      try {
        return await measuredIn(kind, seconds, signal);
      } finally {
        underWay = undefined;
      }
    },
  };
};

const measuredIn = async (kind: ProfileKind, seconds: number, signal: AbortSignal): Promise<object> => {
  const { Session } = await import("node:inspector/promises"); // a daemon that nobody measures does without
  const session = new Session();
  session.connect();
  try {
    return await measures[kind](session, async () => {
      await pause(seconds * 1_000, undefined, { signal, ref: false }).catch(() => {
        throw new Cancelled("nobody waits for this profile any more");
      });
    });
  } finally {
    session.disconnect(); // what still measures ends with it
  }
};
