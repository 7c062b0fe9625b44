/** Where a cgroup lies: one directory on v2, one for each controller on v1. */
import { posix } from "node:path";
import { membershipsOf, type Membership } from "../linux/cgroup-membership.ts";

export type Controller = "cpu" | "cpuacct" | "memory" | "pids" | "blkio" | "hugetlb";

export interface CgroupDirectories {
  readonly version: 1 | 2;
  /** Absent: the controller is not there. */
  readonly of: (controller: Controller) => string | undefined;
}

/**
 * Up to the part of the path that names the container: its processes may have made cgroups of their own below, and what these
 * use is counted above. crun keeps processes and limits of a systemd scope in the cgroup `container` inside of it.
 */
const cut = (directory: string, id: string): string | undefined => {
  const parts = directory.split("/");
  const at = parts.findIndex((part) => part.includes(id));
  if (at < 0) return undefined;
  const deeper = parts[at]?.endsWith(".scope") && parts[at + 1] === "container";
  return parts.slice(0, at + (deeper ? 2 : 1)).join("/");
};

const directoriesBy = (
  memberships: readonly Membership[],
  directoryIn: (membership: Membership) => string | undefined,
): CgroupDirectories => {
  const [unified] = memberships;
  if (unified?.version === 2 && memberships.length === 1) {
    const directory = directoryIn(unified);
    return { version: 2, of: () => directory };
  }
  const directories = new Map(
    memberships.flatMap((membership) => {
      const directory = directoryIn(membership);
      return membership.controllers.map((controller) => [controller, directory] as const);
    }),
  );
  return { version: 1, of: (controller) => directories.get(controller) };
};

/** Of the container that these are memberships of a process of. Absent: the process is of another one. */
export const directoriesOf = (id: string, memberships: readonly Membership[]): CgroupDirectories | undefined =>
  memberships.some(({ directory }) => directory.includes(id))
    ? directoriesBy(memberships, ({ directory }) => cut(directory, id))
    : undefined;

/** Absent: the process has ended, or another one has its number by now. */
export const directoriesOfContainer = (id: string, pid: number): CgroupDirectories | undefined =>
  directoriesOf(id, membershipsOf(pid) ?? []);

/** `path` is below each hierarchy: `/kubepods/burstable/podX`. */
export const directoriesAt = (path: string): CgroupDirectories =>
  directoriesBy(membershipsOf("self") ?? [], ({ root }) => posix.join(root, path));
