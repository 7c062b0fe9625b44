/**
 * Plugins that a dead daemon left at work, found in /proc by the sandbox in their environment; what they started has it too.
 * A DEL beside an ADD that still runs succeeds, and what the ADD makes after it stays for ever.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Overdue } from "../../errors.ts";
import { shortId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";

/** It cannot be watched: they start others while one looks. */
const lookEveryMs = 20;
/** How long a killed plugin may take to end: it may sleep in the kernel. */
const endWithinMs = 2000;

const isPlugin = (process: string, mountNamespace: string, variable: string): boolean => {
  try {
    // First the namespace: reading the environment of a container's process can wait for its memory, stuck on a dead disk.
    if (readlinkSync(`${process}/ns/mnt`) !== mountNamespace) return false;
    return readFileSync(`${process}/environ`, "utf8").split("\0").includes(variable);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return false;
    throw error;
  }
};

/** Pids of the plugins that work on this sandbox, and of what they started. */
export const pluginsInFlight = (id: string): readonly number[] => {
  const ours = readlinkSync("/proc/self/ns/mnt");
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isPlugin(`/proc/${pid}`, ours, `CNI_CONTAINERID=${id}`));
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};

const noneWithin = async (id: string, boundMs: number, act: (pid: number) => void): Promise<boolean> => {
  const until = performance.now() + boundMs;
  for (let found = pluginsInFlight(id); found.length > 0; found = pluginsInFlight(id)) {
    found.forEach(act);
    const left = until - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(lookEveryMs, left));
  }
  return true;
};

/**
 * Resolves when there are none; those there are after `boundMs` are killed, one by one and again: the group of a plugin that is
 * dead has no leader to be known by. Throws Overdue for one that does not die.
 */
export const settlePlugins = async (id: string, boundMs: number): Promise<void> => {
  if (await noneWithin(id, boundMs, () => {})) return;
  if (await noneWithin(id, endWithinMs, kill)) return;
  throw new Overdue(
    `CNI plugins for sandbox ${shortId(id)} do not end although killed: pid ${pluginsInFlight(id).join(", ")}; see /proc/PID/stack`,
  );
};
