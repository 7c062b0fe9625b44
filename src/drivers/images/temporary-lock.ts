/** Who still writes to a pull's temporary directory: the kernel lets go of a lock with the process that held it. */
import { join } from "node:path";
import { Failed } from "../../errors.ts";
import { tryLock } from "../linux/flock.ts";

/** Until this process ends. Throws Failed where another process has it. */
export const lockTemporary = (directory: string): void => {
  if (!tryLock(join(directory, "lock"))) throw new Failed(`another unpack worker writes to ${directory}`);
};

export const isLocked = (directory: string): boolean => {
  const lock = tryLock(join(directory, "lock"));
  lock?.release();
  return lock === undefined;
};
