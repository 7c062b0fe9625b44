/**
 * The processes of a container and what they have open. /proc/PID/fd and /proc/PID/limits never wait for the process's memory, as
 * /proc/PID/cmdline would, nor for the file systems of what is open.
 */
import { opendirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { ProcessFigures } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { directoriesIn } from "../linux/listing.ts";

/** Descriptors of one container that are looked at one by one, for there is no other way to count its sockets: some 5 ms. */
const MOST_LINKS = 4096;
/** Cgroups of its own that a container may have made, looked into. */
const MOST_CGROUPS = 64;

/** What ends while it is looked at is as if it had ended before. */
const unlessGone = <Answer>(look: () => Answer): Answer | undefined => {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "ENODEV", "EOPNOTSUPP", "EACCES")) return undefined;
    throw error;
  }
};

/** `directory`: of the container's cgroup. Absent: there is none. */
export const readProcesses = (directory: string | undefined, firstPid: number): ProcessFigures | undefined => {
  if (directory === undefined) return undefined;
  const pids = pidsBelow(directory);
  const descriptors = pids.reduce((sum: number | undefined, pid) => added(sum, descriptorsOf(pid)), 0);
  const openFilesLimit = openFilesLimitOf(firstPid);
  return {
    processes: pids.length,
    ...(descriptors !== undefined && { descriptors }),
    ...(descriptors !== undefined &&
      descriptors <= MOST_LINKS && { sockets: pids.reduce((sum, pid) => sum + socketsOf(pid), 0) }),
    ...(openFilesLimit !== undefined && { openFilesLimit }),
  };
};

const added = (sum: number | undefined, more: number | undefined): number | undefined =>
  sum === undefined || more === undefined ? undefined : sum + more;

const pidsBelow = (directory: string): readonly number[] => {
  const tree = [directory];
  // A list that grows while it is walked is walked to its end.
  for (const cgroup of tree)
    if (tree.length < MOST_CGROUPS) tree.push(...directoriesIn(cgroup).map((name) => `${cgroup}/${name}`));
  return tree.flatMap((cgroup) => {
    const pids = unlessGone(() => readFileSync(`${cgroup}/cgroup.procs`, "latin1")) ?? "";
    return pids
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
  });
};

/** Since Linux 6.2 the size of the directory tells it; before, that is 0 and the names are counted. Absent: they are too many. */
const descriptorsOf = (pid: number): number | undefined => {
  const told = unlessGone(() => statSync(`/proc/${pid}/fd`).size);
  if (told !== 0) return told ?? 0;
  const names = firstNames(`/proc/${pid}/fd`);
  return names.length > MOST_LINKS ? undefined : names.length;
};

/** Of as many as are looked at, and one more where there are more. */
const firstNames = (path: string): readonly string[] => {
  const directory = unlessGone(() => opendirSync(path));
  if (!directory) return [];
  const names: string[] = [];
  try {
    for (let entry = directory.readSync(); entry && names.length <= MOST_LINKS; entry = directory.readSync())
      names.push(entry.name);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ESRCH")) throw error;
  } finally {
    directory.closeSync();
  }
  return names;
};

const socketsOf = (pid: number): number =>
  firstNames(`/proc/${pid}/fd`).filter((fd) =>
    unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`))?.startsWith("socket:"),
  ).length;

const openFilesLimitOf = (pid: number): number | undefined => {
  const limits = unlessGone(() => readFileSync(`/proc/${pid}/limits`, "latin1")) ?? "";
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
};
