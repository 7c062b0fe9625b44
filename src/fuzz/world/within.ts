/** A bound on the simulated clock for whoever waits. What is waited for goes on. */
import type { Timers } from "./timers.ts";

/** Rejects with `overdue` after `boundMs`, unless this life has ended. */
export const within =
  (timers: Timers, life: number) =>
  <Value>(boundMs: number, work: Promise<Value>, overdue: () => Error): Promise<Value> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = timers.set(() => reject(overdue()), boundMs, life);
    return Promise.race([work, promise]).finally(() => timers.clear(timer));
  };
