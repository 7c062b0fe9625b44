/** flock(2) on a lock file: a single instance, without the races of probing sockets or pid files. */
import { closeSync, constants, openSync } from "node:fs";
import koffi from "koffi";
import { declare, SystemError } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

const flock = declare<(fd: number, operation: number) => number>("int flock(int fd, int operation)");

/** Ends with the process, or when closed; a program that takes over `fd` by execve still holds it. */
export interface Lock {
  readonly fd: number;
  release(): void;
}

/** Absent: another process holds it. The file is made, and stays: deleting it would let two hold "the" lock. */
export const tryLock = (path: string): Lock | undefined => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return heldLock(fd);
  const error = new SystemError("flock", koffi.errno(), path);
  closeSync(fd);
  if (error.code === "EAGAIN") return undefined;
  throw error;
};

/** A lock that came with its descriptor from the program before. */
export const heldLock = (fd: number): Lock => ({ fd, release: () => closeSync(fd) });
