/** The processes of this host, by name. */
import { closeSync } from "node:fs";
import { openPidfdOf, signalPidfd } from "../drivers/linux/pidfd.ts";
import { nameProcess, statOf } from "../drivers/linux/process.ts";
import type { Processes } from "./parts.ts";

const SIGKILL = 9;

export const hostProcesses: Processes = {
  lives: ({ pid, startTicks }) => nameProcess(pid)?.startTicks === startTicks,

  /**
   * What it started holds the pipes as well. The group's leader is the process itself (runc), or the command that made it
   * (crun), which has ended; either way the monitor began a session for it.
   */
  killGroup(name) {
    const pidfd = openPidfdOf(name);
    if (pidfd === undefined) return;
    try {
      process.kill(-(statOf(name.pid)?.group ?? name.pid), SIGKILL);
    } catch {
      signalPidfd(pidfd, SIGKILL); // it has just left the group
    } finally {
      closeSync(pidfd);
    }
  },
};
