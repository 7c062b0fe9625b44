import type { WallNs } from "./time.ts";

/**
 * How a process ended: one fact, one message. `oomKilled`: the kernel killed a process of this container for memory.
 * `unknown` carries the reason why nobody could tell; it is never turned into a number here.
 */
export type Exit = { readonly at: WallNs; readonly oomKilled: boolean } & HowItEnded;
export type HowItEnded = { readonly code: number } | { readonly signal: number } | { readonly unknown: string };

/** The exit in one word or two, for logs and messages: `code 7`, `signal 15`, `unknown (…)`. */
export const describeExit = (exit: HowItEnded): string => {
  if ("code" in exit) return `code ${exit.code}`;
  if ("signal" in exit) return `signal ${exit.signal}`;
  return `unknown (${exit.unknown})`;
};
