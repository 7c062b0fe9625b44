/** Resource limits and oom_score_adj of a container's process, within what this daemon is allowed to set. */
import type { Host, Limit } from "../host.ts";
import type { Process } from "./runtime-spec.ts";

/**
 * Always written: a runtime leaves its caller's limits to the container, and Node raises its own soft limit to the hard one
 * at start. More than 1024 open files at first breaks programs that close them all, or use select(2).
 */
export const defaultLimits: Readonly<Record<string, Limit>> = { RLIMIT_NOFILE: { soft: 1024, hard: 524_288 } };

/** CAP_SYS_RESOURCE raises a hard limit, but never above this where fs.nr_open has its default. */
const NR_OPEN = 1_048_576;

/** What was asked, or as much of it as we may set. Unlimited is Infinity, which JSON lacks: RLIM_INFINITY is written. */
export const rlimits = (wanted: Readonly<Record<string, Limit>>, host: Host): Process["rlimits"] =>
  Object.entries(wanted).map(([type, limit]) => {
    const ours = host.sysResource ? Infinity : (host.limits[type]?.hard ?? Infinity);
    const hard = Math.min(limit.hard, ours, type === "RLIMIT_NOFILE" ? NR_OPEN : Infinity);
    return { type, soft: written(Math.min(limit.soft, hard)), hard: written(hard) };
  });

declare global {
  interface JSON {
    /** ES2026, not yet in TypeScript's library. Stands for a number only until it is written. */
    rawJSON(text: string): number;
  }
}

/** Under 2^53 all numbers are exact, and no limit but "none" is above. RLIM_INFINITY itself would be rounded up, out of range. */
const RLIM_INFINITY = JSON.rawJSON("18446744073709551615");
const written = (limit: number): number => (limit === Infinity ? RLIM_INFINITY : limit);

export interface OomScore {
  readonly value: number;
  readonly warnings: readonly string[];
}

/** proc_pid_oom_score_adj(5): without CAP_SYS_RESOURCE nobody may go below where it is. */
export const oomScoreAdj = (wanted: number, host: Host): OomScore => {
  if (host.sysResource || wanted >= host.oomScoreAdj) return { value: wanted, warnings: [] };
  const warning =
    `oom_score_adj ${wanted} was asked for, ${host.oomScoreAdj} is set: ` +
    "this daemon lacks CAP_SYS_RESOURCE and cannot protect a container better than itself";
  return { value: host.oomScoreAdj, warnings: [warning] };
};
