/** Puts a new monitor into a cgroup of its own beside the daemon's: what ends or limits the daemon's must not touch it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { OWN_CGROUP } from "../../monitor/protocol.ts";
import { membershipsOf, type Membership } from "../linux/cgroup-membership.ts";

/** Answers what went wrong, hierarchy by hierarchy; the monitor then stays in the daemon's cgroup there. */
export const placeBeside = (pid: number): readonly string[] =>
  (membershipsOf("self") ?? []).flatMap((membership) => {
    if (!existsSync(membership.root)) return []; // a hierarchy that the kernel has and nobody mounted
    const { directory } = membership;
    try {
      join(membership, pid);
      return [];
    } catch (error) {
      return [
        `the monitor shares the daemon's cgroup ${directory}: ${error instanceof Error ? error.message : String(error)}`,
      ];
    }
  });

const join = ({ root, directory }: Membership, pid: number): void => {
  const parent = directory === root ? root : posix.dirname(directory);
  const own = posix.join(parent, OWN_CGROUP);
  mkdirSync(own, { recursive: true });
  // v1: a cpuset takes no process before it has its CPUs and memory nodes.
  for (const file of ["cpuset.cpus", "cpuset.mems"])
    if (root.endsWith("/cpuset")) writeFileSync(posix.join(own, file), readFileSync(posix.join(parent, file)));
  writeFileSync(posix.join(own, "cgroup.procs"), String(pid));
};
