/**
 * When a registry is asked again by ourselves: where another try may mend it, after a pause that grows, a few times. The caller's
 * time goes on meanwhile. Who refuses connections is not asked again: a mirror may be, and the kubelet is to hear of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Cancelled, TroupeError } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";

/** What it is about an answer that another try may mend. `after`: its Retry-After, "" for none. */
export interface Again {
  readonly status: number;
  readonly after: string;
}

/** An attempt's end: a result, or why there is none and perhaps a reason to try again. */
export type Attempt<Result> = { readonly result: Result } | { readonly error: unknown; readonly again?: Again };

export interface Patience {
  /** Attempts until one has a result, or no other would help; then its error is thrown. `told` of each pause in words. */
  insist<Result>(
    attempt: () => Promise<Attempt<Result>>,
    told: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Result>;
}

export interface PatienceOptions {
  /** Rejects when the signal comes. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Since 1970, for a Retry-After with a date. */
  readonly wallMs: () => number;
}

interface Rule {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

const busy: Rule = { attempts: 5, firstPauseMs: 2000, longestPauseMs: 60_000 };
const failing: Rule = { attempts: 3, firstPauseMs: 500, longestPauseMs: 8000 };
/** Whoever asks for a longer pause is not waited for: the kubelet asks again by itself. */
const longestAskedMs = 60_000;

const rules = new Map([[429, busy], ...[408, 500, 502, 503, 504].map((status) => [status, failing] as const)]);

/** Of a connection that was there. */
const brokeOff = (error: unknown): boolean =>
  error instanceof TroupeError && isErrno(error.cause, "ECONNRESET", "EPIPE", "EAI_AGAIN");

export const patience = ({ pause, random, wallMs }: PatienceOptions): Patience => ({
  async insist(attempt, told, signal) {
    for (let made = 1; ; made += 1) {
      const ended = await attempt();
      if ("result" in ended) return ended.result;
      const { error, again } = ended;
      const rule = again ? rules.get(again.status) : brokeOff(error) ? failing : undefined;
      if (!rule || made >= rule.attempts || signal.aborted) throw error;
      const asked = askedMs(again?.after ?? "", wallMs());
      if (asked !== undefined && asked > longestAskedMs) throw error;
      // Those that were turned away together are not to come back together.
      const own = Math.min(rule.firstPauseMs * 2 ** (made - 1), rule.longestPauseMs) * (0.5 + random() / 2);
      const ms = Math.max(own, asked ?? 0);
      const why = error instanceof Error ? error.message : String(error);
      told(`attempt ${made + 1} of ${rule.attempts} in ${(ms / 1000).toFixed(1)} s: ${why}`);
      await pause(ms, signal).catch(() => {
        throw new Cancelled(`it was called off while a registry was given time: ${why}`);
      });
    }
  },
});

/** RFC 9110, 10.2.3: seconds, or a date. */
const askedMs = (after: string, nowMs: number): number | undefined => {
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
};

/** As it is for a real registry. */
export const realPatience = patience({
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
  random: Math.random,
  wallMs: Date.now,
});
