/** Processes of this test node, seen in /proc: who they are, and what memory is theirs. */
import { readFileSync, readdirSync } from "node:fs";

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process has ended
  }
};

/** Pids of the processes whose command line `is` takes for its own. */
export const processesWith = (is: (argv: readonly string[]) => boolean): readonly number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => is(read(`/proc/${pid}/cmdline`).split("\0")));

const KIB = 1024;
const MIB = KIB * KIB;

export interface Memory {
  /** Proportional set size, MiB: each page divided by the number of processes that map it. */
  readonly pss: number;
  readonly anonymous: number;
  readonly file: number;
  /** Memory that no other process maps. */
  readonly own: number;
}

const field = (rollup: string, name: string): number =>
  (Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(rollup)?.[1] ?? 0) * KIB) / MIB;

/** Sum over these processes, of /proc/PID/smaps_rollup. */
export const memoryOf = (pids: readonly number[]): Memory => {
  const rollups = pids.map((pid) => read(`/proc/${pid}/smaps_rollup`));
  const sum = (...names: string[]): number =>
    rollups.reduce((total, rollup) => total + names.reduce((part, name) => part + field(rollup, name), 0), 0);
  return {
    pss: sum("Pss"),
    anonymous: sum("Pss_Anon"),
    file: sum("Pss_File", "Pss_Shmem"),
    own: sum("Private_Clean", "Private_Dirty"),
  };
};
