/**
 * The monitor re-executes itself in place: same pid, so the same children; same open files, as far as they are named here.
 * All else its next program finds as any successor does, in the records. This note is for the program that then runs in the
 * very same process; one of another process is stale.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setCloseOnExec } from "../drivers/linux/descriptor.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import { nameProcess } from "../drivers/linux/process.ts";
import type { Places, ProcessName } from "./protocol.ts";
import { endsOf, type Streams } from "./streams.ts";

/** Descriptors by subject, and the lock's. */
export interface Kept {
  readonly lock: number;
  readonly pidfds: Readonly<Record<string, number>>;
  readonly streams: Readonly<Record<string, Streams>>;
}

/** Does not return unless the program cannot be executed, and then throws with everything as it was before. */
export const handOver = (places: Places, program: readonly [string, ...string[]], kept: Kept): never => {
  const note = { from: nameProcess(process.pid), kept };
  writeFileSync(places.handover, JSON.stringify(note), { mode: 0o600 });
  for (const fd of descriptorsOf(kept)) setCloseOnExec(fd, false);
  try {
    if (!process.execve) throw new Error("this Node has no process.execve");
    return process.execve(program[0], program, process.env);
  } catch (error) {
    for (const fd of descriptorsOf(kept)) setCloseOnExec(fd, true);
    rmSync(places.handover, { force: true });
    throw error;
  }
};

/** What the program before left to this one; absent: this is the first program of its process. */
export const takeHandover = (places: Places): Kept | undefined => {
  let text: string;
  try {
    text = readFileSync(places.handover, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  const { from, kept } = JSON.parse(text) as { from: ProcessName; kept: Kept };
  // execve keeps pid and start time, both.
  const own = nameProcess(process.pid);
  if (from.pid !== own?.pid || from.startTicks !== own.startTicks) return undefined;
  rmSync(places.handover, { force: true });
  return kept;
};

/** The note of a predecessor that was killed before its next program ran. Only with the lock: it may be a living one's. */
export const dropHandover = (places: Places): void => rmSync(places.handover, { force: true });

const descriptorsOf = ({ lock, pidfds, streams }: Kept): number[] => [
  lock,
  ...Object.values(pidfds),
  ...Object.values(streams).flatMap(endsOf),
];
