/**
 * Commands of an OCI runtime that a dead daemon or monitor left at work, found in /proc by their argv. A create that still
 * runs must be over before its container is deleted, or the delete succeeds and the container comes after it.
 *
 * A container's own init is none of them, though before `start` crun's carries the whole argv of its create, and so does every
 * exec of crun until its execve: they are told apart by their mount namespace, which a command shares with us.
 */
import { Overdue } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { statOf } from "../linux/process.ts";
import { END_WITHIN_MS, nextToolsAtWork, noneWithin } from "../linux/tools-at-work.ts";

const VERBS = ["create", "start", "kill", "delete", "exec", "state", "checkpoint", "resume"];

/** Pids of the commands with this `--root` that are about container `id`, in the order of /proc. */
export const commandsInFlight = async (root: string, id: string): Promise<readonly number[]> => {
  const tools = await nextToolsAtWork("cmdline");
  return tools
    .filter(({ strings: argv }) => {
      const at = argv.indexOf("--root");
      return at > 0 && argv[at + 1] === root && argv.includes(id) && VERBS.some((verb) => argv.includes(verb));
    })
    .map(({ pid }) => pid);
};

/** Resolves when there are none; those there are after `boundMs` are killed. Throws Overdue for one that does not die. */
export const settleCommands = async (root: string, id: string, boundMs: number): Promise<void> => {
  const find = (): Promise<readonly number[]> => commandsInFlight(root, id);
  if (await noneWithin(find, boundMs)) return;
  (await find()).forEach(kill);
  if (await noneWithin(find, END_WITHIN_MS)) return;
  throw new Overdue(
    `commands of the OCI runtime about container ${id} do not end although killed: pid ${(await find()).join(", ")}; see /proc/PID/stack`,
  );
};

/** With its hooks, where it leads a group of its own, as the monitor and the daemon start it. */
const kill = (pid: number): void => {
  try {
    process.kill(statOf(pid)?.group === pid ? -pid : pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};
