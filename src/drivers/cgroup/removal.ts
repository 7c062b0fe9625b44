/**
 * Removes one cgroup with all below it in one hierarchy: thaw, kill, rmdir from the leaves up, again until it is gone.
 * A dying process holds its cgroup for some milliseconds after SIGKILL, and v1 has nothing to wait on: hence the retries.
 */
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Unavailable } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** Nothing there is fine. Throws Unavailable, with the pids that hold it, once `boundMs` are over. */
export const removeCgroup = async (directory: string, boundMs: number): Promise<void> => {
  const until = performance.now() + boundMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const tree = await cgroupsIn(directory);
    if (await removeAll(tree)) return;
    const pids = (await Promise.all(tree.map(pidsIn))).flat();
    if (performance.now() >= until) throw stillHeld(directory, boundMs, pids);
    await killAll(tree, pids);
    await sleep(pause);
  }
};

const stillHeld = (directory: string, boundMs: number, pids: readonly number[]): Unavailable => {
  const why = pids.length > 0 ? `processes ${pids.join(", ")} do not end` : "the kernel still uses it";
  return new Unavailable(`cgroup ${directory} could not be removed within ${boundMs} ms: ${why}`);
};

/** The cgroup and its descendants, deepest first; empty: it is not there. */
const cgroupsIn = async (directory: string): Promise<string[]> => {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => cgroupsIn(join(directory, entry.name)));
    return [...(await Promise.all(below)).flat(), directory];
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
};

/** False: one of them is still in use. Deepest first, one after another: a parent with children is never free. */
const removeAll = async (tree: readonly string[]): Promise<boolean> => {
  for (const cgroup of tree) {
    try {
      await rmdir(cgroup);
    } catch (error) {
      if (isErrno(error, "EBUSY", "ENOTEMPTY")) return false;
      if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
    }
  }
  return true;
};

const killAll = async (tree: readonly string[], pids: readonly number[]): Promise<void> => {
  // Frozen processes of a v1 hierarchy do not die of SIGKILL before they are thawed.
  for (const cgroup of tree) await writeIfThere(join(cgroup, "freezer.state"), "THAWED");
  const others = pids.filter((pid) => pid !== process.pid);
  // On v2 all at once, so that none can fork away: the last of the tree is the whole of it.
  const whole = join(tree.at(-1) ?? "", "cgroup.kill");
  if (others.length === pids.length && (await writeIfThere(whole, "1"))) return;
  for (const pid of others) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!isErrno(error, "ESRCH")) throw error;
    }
  }
};

/** Without 0: that stands for processes outside of our pid namespace, and to kill it would mean our own group. */
const pidsIn = async (cgroup: string): Promise<number[]> => {
  try {
    const pids = (await readFile(join(cgroup, "cgroup.procs"), "utf8")).split("\n").map(Number);
    return pids.filter((pid) => pid > 0);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
};

const writeIfThere = async (file: string, value: string): Promise<boolean> => {
  try {
    await writeFile(file, value, { flag: "r+" });
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "EOPNOTSUPP")) return false;
    throw error;
  }
};
