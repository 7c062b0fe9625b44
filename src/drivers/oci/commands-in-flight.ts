/**
 * Commands of an OCI runtime that a dead daemon or monitor left at work, found in /proc by their argv. A create that still
 * runs must be over before its container is deleted, or the delete succeeds and the container comes after it.
 *
 * A container's own init is none of them, though before `start` crun's carries the whole argv of its create, and so does every
 * exec of crun until its execve: they are told apart by their mount namespace, which a command shares with us.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Overdue } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";

const LOOK_EVERY_MS = 20;
/** How long a killed command may take to end: it may sleep in the kernel. */
const END_WITHIN_MS = 2000;
const VERBS = ["create", "start", "kill", "delete", "exec", "state"];

/** Pids of the commands with this `--root` that are about container `id`, in the order of /proc. */
export const commandsInFlight = (root: string, id: string, proc = "/proc"): readonly number[] => {
  const ours = readlinkSync(`${proc}/self/ns/mnt`);
  return readdirSync(proc)
    .map(Number)
    .filter((pid) => pid > 0 && isCommand(`${proc}/${pid}`, ours, root, id));
};

const isCommand = (process: string, mountNamespace: string, root: string, id: string): boolean => {
  try {
    // First the namespace: reading the command line of a container's process can wait for its memory, stuck on a dead disk.
    if (readlinkSync(`${process}/ns/mnt`) !== mountNamespace) return false;
    const argv = readFileSync(`${process}/cmdline`, "utf8").split("\0");
    const at = argv.indexOf("--root");
    return at > 0 && argv[at + 1] === root && argv.includes(id) && VERBS.some((verb) => argv.includes(verb));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return false;
    throw error;
  }
};

/** Resolves when there are none; those there are after `boundMs` are killed. Throws Overdue for one that does not die. */
export const settleCommands = async (root: string, id: string, boundMs: number): Promise<void> => {
  if (await noneWithin(root, id, boundMs)) return;
  for (const pid of commandsInFlight(root, id)) kill(pid);
  if (await noneWithin(root, id, END_WITHIN_MS)) return;
  const pids = commandsInFlight(root, id).join(", ");
  throw new Overdue(
    `commands of the OCI runtime about container ${id} do not end although killed: pid ${pids}; see /proc/PID/stack`,
  );
};

const noneWithin = async (root: string, id: string, boundMs: number): Promise<boolean> => {
  const until = performance.now() + boundMs;
  while (commandsInFlight(root, id).length > 0) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(LOOK_EVERY_MS, left));
  }
  return true;
};

/** With its hooks, where it leads a group of its own, as the monitor and the daemon start it. */
const kill = (pid: number): void => {
  try {
    process.kill(leadsGroup(pid) ? -pid : pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH", "ENOENT")) throw error;
  }
};

/** proc_pid_stat(5): after the name in parentheses come state, ppid, pgrp. */
const leadsGroup = (pid: number): boolean => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) === pid;
};
