/** What /proc says about processes, and the end of a whole group of them. */
import { readdirSync, readFileSync } from "node:fs";
import { isErrno } from "./libc.ts";

/** A process by more than its number: pids are used again. */
export interface ProcessName {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly startTicks: number;
}

interface Stat {
  /** `R`, `S`, `Z` (ended, not reaped) … */
  readonly state: string;
  readonly parent: number;
  /** Of its process group: the pid of who led it, who may have ended. */
  readonly group: number;
  readonly startTicks: number;
}

/** Absent: no such process. */
export const statOf = (pid: number): Stat | undefined => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
};

/** Fields are counted from behind the program's name, which may hold blanks and parentheses. */
export const parseStat = (text: string): Stat => {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
  };
};

/** The process that now has this pid, by name; absent: there is none. */
export const nameProcess = (pid: number): ProcessName | undefined => {
  const stat = statOf(pid);
  return stat && { pid, startTicks: stat.startTicks };
};

/** Pids of this process's children, those reparented to it as subreaper included. */
export const ownChildren = (): number[] =>
  readdirSync("/proc/self/task").flatMap((thread) => {
    try {
      const pids = readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ");
      return pids.filter((pid) => pid !== "").map(Number);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ESRCH")) return []; // the thread has just ended
      throw error;
    }
  });

/** SIGKILL for a whole process group by its leader's pid; one that is gone is fine. */
export const killGroup = (leader: number): void => {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};
