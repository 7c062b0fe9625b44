/** What Troupe is to reach, case by case and peer by peer, and whether it did. */
import type { Ratio } from "./statistics.ts";

export interface Goal {
  /** The most that ours ÷ theirs may be; absent: whatever the peer does. */
  readonly ratio?: number;
  /** The most that ours may be, in the case's unit, besides. */
  readonly ours?: number;
  /** So little of ours will do, whatever the ratio. */
  readonly enough?: number;
  /** What is hoped for beyond it. */
  readonly hope?: number;
}

/** By the case's name, or what it begins with; then by peer, `*` being all. */
const goals: readonly [prefix: string, goals: Readonly<Record<string, Goal>>][] = [
  ["pod-start/*/cpu", { "containerd-runc": { ratio: 0.5 } }],
  ["pod-start/*", { "containerd-runc": { ratio: 0.5, hope: 0.35 }, "containerd-crun": { ratio: 0.6, hope: 0.45 } }],
  ["pod-end/*", { "containerd-runc": { ratio: 0.65 } }],
  ["burst", { "containerd-runc": { ratio: 0.45 } }],
  ["teardown", { "containerd-runc": { ratio: 0.65 } }],
  ["exec-sync", { "containerd-runc": { ratio: 0.4 }, "containerd-crun": { ratio: 0.8 } }],
  ["exec-sync/open-loop", { "*": { ours: 100 } }],
  ["exec-sync/open-loop/late", { "*": { ours: 50 } }],
  // 200 and 300 MB/s.
  ["stream/exec", { "*": { ratio: 1, enough: 5 } }],
  ["stream/port-forward", { "*": { ratio: 1, enough: 3.33 } }],
  ["log-path/write-per-line", { conmon: { ratio: 1.25, hope: 1 } }],
  ["log-path/32k", { conmon: { ratio: 0.67 } }],
  ["log-path/*", { conmon: { ratio: 1 } }],
  ["list-status/50/*", { "containerd-runc": { ratio: 1.5, hope: 0.8 } }],
  ["list-status/50/*/cpu", { "containerd-runc": { ratio: 1.5, hope: 0.7 } }],
  ["list-status/500/*", { "containerd-runc": { ratio: 1, hope: 0.8 } }],
  ["list-status/500/*/cpu", { "containerd-runc": { ratio: 1, hope: 0.7 } }],
  ["stats", { "containerd-runc": { ratio: 0.35, hope: 0.2 } }],
  ["status", { "containerd-runc": { ratio: 1.5, hope: 0.8 } }],
  ["node-memory", { "*": { ratio: 0.7 } }],
  ["node-memory/110", { "*": { ratio: 0.7, hope: 0.35 } }],
  ["restart", { "containerd-runc": { ratio: 0.25 } }],
  ["recorder/pod-start", { unrecorded: { ratio: 1.03 } }],
  ["pull/one-layer", { "containerd-runc": { ratio: 0.75 } }],
  ["pull/many-layers", { "containerd-runc": { ratio: 0.75 } }],
  ["pull/small-files", { "containerd-runc": { ratio: 1 } }],
  ["pull/shared", { "containerd-runc": { ratio: 1 } }],
  ["pull/zstd", { "our gzip": { ratio: 0.5 } }],
  ["pull/crowd", { "containerd-runc": { ratio: 1 } }],
  ["exit-event", { "containerd-runc": { ratio: 0.5, ours: 5 } }],
];

const fits = (pattern: string, name: string): boolean => {
  const [wanted, given] = [pattern.split("/"), name.split("/")];
  return wanted.length === given.length && wanted.every((part, at) => part === "*" || part === given[at]);
};

export const goalOf = (name: string, peer: string): Goal | undefined => {
  const found = goals.find(([pattern]) => fits(pattern, name))?.[1];
  return found?.[peer] ?? found?.["*"];
};

/** `open`: the median is within the goal, but the upper end of its interval is not: more pairs are needed to say. */
export type Verdict = "met" | "open" | "missed";

export const judge = (goal: Goal, ours: number, { ratio, spread: [, high] }: Ratio): Verdict => {
  const most = goal.ratio ?? Infinity;
  if (ours <= (goal.enough ?? -Infinity)) return "met";
  if (ratio > most || ours > (goal.ours ?? Infinity)) return "missed";
  return high > most ? "open" : "met";
};
