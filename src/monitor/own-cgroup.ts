/** The monitor's own cgroup, made by the daemon that started it (`drivers/monitor/placement.ts`), goes with the monitor. */
import { rmdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { membershipsOf } from "../drivers/linux/cgroup-membership.ts";
import { OWN_CGROUP } from "./protocol.ts";

/** Moves out and removes what it was in; where the kernel does not let it, an empty directory stays for the next one. */
export const leaveOwnCgroup = (): void => {
  for (const { version, directory } of membershipsOf("self") ?? []) {
    if (posix.basename(directory) !== OWN_CGROUP) continue;
    // v2 keeps processes out of a cgroup that has given controllers to its children, as the one above us has: our last
    // moment is spent with the parent that will reap us.
    const refuges = [posix.dirname(directory), ...(version === 2 ? parentsCgroup() : [])];
    if (refuges.some(moveTo)) removeEmpty(directory);
  }
};

const parentsCgroup = (): string[] =>
  (membershipsOf(process.ppid) ?? []).flatMap(({ version, directory }) => (version === 2 ? directory : []));

const moveTo = (cgroup: string): boolean => {
  try {
    writeFileSync(posix.join(cgroup, "cgroup.procs"), String(process.pid));
    return true;
  } catch {
    return false;
  }
};

const removeEmpty = (cgroup: string): void => {
  try {
    rmdirSync(cgroup);
  } catch {
    // Something else lives in it.
  }
};
