/** Waits for what ends by itself, and counts what is open. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/** Looks at it until it is so. */
export const eventually = async (what: string, predicate: () => boolean, withinMs = 20_000): Promise<void> => {
  const until = performance.now() + withinMs;
  while (!predicate()) {
    if (performance.now() > until) throw new Error(`${what} did not come true within ${withinMs} ms`);
    await sleep(5);
  }
};
