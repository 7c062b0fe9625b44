/** Who still writes to a pull's temporary directory: the kernel lets go of a lock with the process that held it. */
import { join } from "node:path";
import { Failed } from "../../errors.ts";
import { tryLock, type Lock } from "../linux/flock.ts";

/** Until it is released or this process ends. Throws Failed where another process has it. */
export const lockTemporary = (directory: string): Lock => {
  const lock = tryLock(join(directory, "lock"));
  if (!lock) throw new Failed(`another unpack worker writes to ${directory}`);
  return lock;
};

export const isLocked = (directory: string): boolean => {
  const lock = tryLock(join(directory, "lock"));
  lock?.release();
  return lock === undefined;
};
