/** How often the kernel has killed for memory in a cgroup: `oom_kill` of memory.events (v2) or memory.oom_control (v1). */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { membershipsOf } from "./cgroup-membership.ts";
import { isErrno } from "./libc.ts";

/** Where the kills of one container are counted. Plain data: it is kept beside the container's record. */
export interface OomCounter {
  readonly version: 1 | 2;
  /** The container's memory cgroup. */
  readonly directory: string;
}

/** The counter of the memory cgroup that a process is in; absent: no such process, or no memory controller. */
export const oomCounterOf = (pid: number): OomCounter | undefined => {
  const memberships = membershipsOf(pid) ?? [];
  const memory =
    memberships.find(({ controllers }) => controllers.includes("memory")) ??
    memberships.find(({ version }) => version === 2 && memberships.length === 1);
  return memory && memory.directory !== memory.root
    ? { version: memory.version, directory: memory.directory }
    : undefined;
};

export const counterFile = ({ version, directory }: OomCounter): string =>
  posix.join(directory, version === 2 ? "memory.events" : "memory.oom_control");

/**
 * Counts on v2 what happened in any child too, and stays when systemd takes the container's scope away. crun's containers are
 * in a cgroup below their scope, runc's in the scope itself.
 */
export const parentCounter = (counter: OomCounter): OomCounter => {
  const above = posix.dirname(counter.directory);
  return { ...counter, directory: above.endsWith(".scope") ? posix.dirname(above) : above };
};

/** Absent: the cgroup is gone, or its kernel does not count. */
export const countOomKills = (counter: OomCounter): number | undefined => {
  try {
    return parseOomKills(readFileSync(counterFile(counter), "utf8"));
  } catch (error) {
    // An open file of a removed cgroup, or one removed while it is read, says ENODEV.
    if (isErrno(error, "ENOENT", "ENODEV", "ENOTDIR")) return undefined;
    throw error;
  }
};

export const parseOomKills = (text: string): number | undefined => {
  const [, count] = /^oom_kill (\d+)$/m.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
};
