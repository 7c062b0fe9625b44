/** Programs at work beside us: processes of our mount namespace, with what they were called with. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "./libc.ts";

/** It cannot be watched: they start others while one looks. */
const LOOK_EVERY_MS = 20;
/** How long a killed tool may take to end: it may sleep in the kernel. */
export const END_WITHIN_MS = 2000;

interface Tool {
  readonly pid: number;
  readonly strings: readonly string[];
}

type Strings = "cmdline" | "environ";

const upcoming = new Map<Strings, Promise<readonly Tool[]>>();

/** The next look, shared by all who ask before it: after a restart every pod of the node does, at once, for the same. */
export const nextToolsAtWork = (file: Strings): Promise<readonly Tool[]> => {
  const next =
    upcoming.get(file) ??
    new Promise((resolve) => setImmediate(resolve)).then(() => {
      upcoming.delete(file); // who asks from here on may know of tools that this look misses
      return toolsAtWork(file);
    });
  upcoming.set(file, next);
  return next;
};

/** Pids with the strings of `/proc/PID/cmdline` or `/proc/PID/environ`; who ends meanwhile is left out. */
export const toolsAtWork = (file: Strings): readonly Tool[] => {
  const ours = readlinkSync("/proc/self/ns/mnt");
  const pids = readdirSync("/proc").map(Number);
  return pids
    .filter((pid) => pid > 0 && pid !== process.pid)
    .flatMap((pid) => {
      try {
        // First the namespace: reading this of a container's process can wait for its memory, stuck on a dead disk.
        if (readlinkSync(`/proc/${pid}/ns/mnt`) !== ours) return [];
        return { pid, strings: readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0") };
      } catch (error) {
        if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return [];
        throw error;
      }
    });
};

/** Waits until `find` finds none, and does `act` to each that it finds; false: some are left after `boundMs`. */
export const noneWithin = async (
  find: () => Promise<readonly number[]>,
  boundMs: number,
  act: (pid: number) => void = () => {},
): Promise<boolean> => {
  const until = performance.now() + boundMs;
  for (let found = await find(); found.length > 0; found = await find()) {
    found.forEach(act);
    const left = until - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(LOOK_EVERY_MS, left));
  }
  return true;
};

/** `pid 7 (sleep)`. */
export const nameOfProcess = (pid: number): string => {
  try {
    return `pid ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return `pid ${pid}`;
    throw error;
  }
};
