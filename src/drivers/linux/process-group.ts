/** The end of a command with all that it started, by name: pids are used again. */
import { closeSync } from "node:fs";
import { openPidfdOf, signalPidfd } from "./pidfd.ts";
import { statOf, type ProcessName } from "./process.ts";

const SIGKILL = 9;

/**
 * SIGKILL for the group of this process, if it is there; what it started holds its pipes as well. The group's leader is the
 * process itself (runc), or the command that made it (crun), which has ended; either way the monitor began a session for it.
 */
export const killGroupOf = (name: ProcessName): void => {
  const pidfd = openPidfdOf(name);
  if (pidfd === undefined) return;
  try {
    process.kill(-(statOf(name.pid)?.group ?? name.pid), SIGKILL);
  } catch {
    signalPidfd(pidfd, SIGKILL); // it has just left the group
  } finally {
    closeSync(pidfd);
  }
};
