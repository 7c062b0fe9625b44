/** One daemon for each run directory and each state directory, whatever other settings two of them have. */
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { tryLock, type Lock } from "../drivers/linux/flock.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import { Failed, Unavailable } from "../errors.ts";

export interface Place {
  readonly directory: string;
  /** Of one that has to be made. */
  readonly mode: number;
}

/** Throws Unavailable where another daemon has one of them, Failed where one cannot be locked; then none is. */
export const lockDirectories = (places: readonly Place[]): Pick<Lock, "release"> => {
  const held = new Map<string, Lock>();
  const release = (): void => held.forEach((lock) => lock.release());
  try {
    for (const place of places) {
      const path = prepare(place);
      if (!held.has(path)) held.set(path, lockAt(path)); // both may be one
    }
  } catch (error) {
    release();
    throw error;
  }
  return { release };
};

const prepare = ({ directory, mode }: Place): string => {
  try {
    mkdirSync(directory, { recursive: true, mode });
    return join(realpathSync(directory), "daemon.lock");
  } catch (error) {
    throw refused(directory, error);
  }
};

const lockAt = (path: string): Lock => {
  const lock = attempt(path);
  if (!lock) throw new Unavailable(`another troupe serve runs already: it holds ${path}`);
  return lock;
};

const attempt = (path: string): Lock | undefined => {
  try {
    return tryLock(path);
  } catch (error) {
    throw refused(path, error);
  }
};

const refused = (path: string, error: unknown): Error => {
  const why = error instanceof Error ? error.message : String(error);
  const next = isErrno(error, "EEXIST", "ENOTDIR", "EISDIR") ? "put back what was there" : "it has to be writable";
  return new Failed(`${path} cannot be locked: ${why}; ${next}; containers that run are not affected`, error);
};
