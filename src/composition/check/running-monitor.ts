/** A monitor that runs, for who has the daemon's lock and mends: it is told what it need not keep. None is started. */
import { setTimeout as pause } from "node:timers/promises";
import { closeSync } from "node:fs";
import { Connection } from "../../drivers/monitor/connection.ts";
import { isErrno } from "../../drivers/linux/libc.ts";
import { lockHolder } from "../../drivers/linux/lock-holder.ts";
import { hasEnded, openPidfd, signalPidfd } from "../../drivers/linux/pidfd.ts";
import { Overdue } from "../../errors.ts";
import { within } from "../../drivers/monitor/within.ts";
import { QUESTION_MS, unanswered } from "../../monitor/bounds.ts";
import { placesIn } from "../../monitor/protocol.ts";
import { version } from "../../version.ts";

export interface RunningMonitor {
  /** All that it keeps. */
  readonly ids: readonly string[];
  /** False: it knows no such container or exec, or does not any more. */
  forget(id: string): Promise<boolean>;
  close(): void;
}

const HELLO_MS = 5_000;

/** Absent: none listens. Rejects for one that does not answer, or cannot be spoken to. */
export const reachRunningMonitor = async (runroot: string): Promise<RunningMonitor | undefined> => {
  try {
    const { connection, welcome } = await Connection.open({
      path: placesIn(runroot).socket,
      program: version,
      helloMs: HELLO_MS,
      exited: () => {},
      lost: () => {},
    });
    return {
      ids: [...welcome.containers, ...welcome.execs],
      async forget(id) {
        const [forget, look] = [{ verb: "forget", id } as const, { verb: "look", id } as const];
        await within(QUESTION_MS, connection.ask(forget), () => unanswered(forget, QUESTION_MS));
        return (await within(QUESTION_MS, connection.ask(look), () => unanswered(look, QUESTION_MS))).is !== "unheard";
      },
      close: () => connection.close(),
    };
  } catch (error) {
    if (isErrno(error, "ENOENT", "ECONNREFUSED")) return undefined;
    throw error;
  }
};

const KILLED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 20;
const SIGKILL = 9;

/** Waits so long for the monitor, which has nothing to do any more, to leave; then ends it. Throws Overdue for one that does not die. */
export const endMonitor = async (runroot: string, leavesWithinMs: number): Promise<void> => {
  const pid = lockHolder(placesIn(runroot).lock);
  if (pid === undefined) return;
  const pidfd = open(pid);
  if (pidfd === undefined) return;
  try {
    // Whose the pid is now, the pidfd tells from here on; that it is the monitor, the lock.
    if (lockHolder(placesIn(runroot).lock) !== pid || (await ended(pidfd, leavesWithinMs))) return;
    signalPidfd(pidfd, SIGKILL);
    if (await ended(pidfd, KILLED_WITHIN_MS)) return;
    throw new Overdue(`the monitor (pid ${pid}) does not end although killed; see /proc/${pid}/stack`);
  } finally {
    closeSync(pidfd);
  }
};

const open = (pid: number): number | undefined => {
  try {
    return openPidfd(pid);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return undefined;
    throw error;
  }
};

const ended = async (pidfd: number, withinMs: number): Promise<boolean> => {
  for (const until = performance.now() + withinMs; !hasEnded(pidfd); await pause(LOOK_EVERY_MS))
    if (performance.now() > until) return false;
  return true;
};
