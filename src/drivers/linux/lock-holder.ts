/** Who holds a lock, for those who only look: to try the lock would be to have it for an instant, and somebody else not. */
import { readFileSync, statSync } from "node:fs";

/** Pid of the process that has locked this file by flock(2); absent: nobody of our pid namespace has, or there is no file. */
export const lockHolder = (path: string): number | undefined => {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file && parseLocks(readFileSync("/proc/locks", "utf8"), file);
};

/** proc_locks(5): `1: FLOCK  ADVISORY  WRITE 702 00:19:1234 0 EOF`, the device in hexadecimal digits; waiters have a `->`. */
export const parseLocks = (text: string, { dev, ino }: { dev: bigint; ino: bigint }): number | undefined => {
  // As makedev(3) has them.
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  const wanted = `${hex(major)}:${hex(minor)}:${ino}`;
  const fields = text.split("\n").map((line) => line.split(/\s+/));
  const held = fields.find(([, kind, , , , file]) => kind === "FLOCK" && file === wanted);
  return held && Number(held[4]);
};

const hex = (number: bigint): string => number.toString(16).padStart(2, "0");
