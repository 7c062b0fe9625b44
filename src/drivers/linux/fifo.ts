/**
 * FIFOs as the standard streams of containers. Each is opened by three, each for itself, for O_NONBLOCK belongs to the open
 * file and not to the process:
 *
 *   container  read and write, blocking: it never gets SIGPIPE, and waits while the FIFO is full
 *   monitor    read, non-blocking: takes the bytes once they are in the log
 *   daemon     read: the keeper, so that bytes outlive a container that ends while there is no monitor
 *
 * A reader that also wrote would never see the end of file. The other way round for a stdin that stays open:
 *
 *   container  read, blocking: it sees the end of file when the last writer has gone
 *   monitor    write: a holder, never written to, so that nobody's leaving ends it
 *   daemon     write, non-blocking: another one, over the monitor's death, and what attached clients write by
 */
import { chownSync, closeSync, constants, openSync } from "node:fs";
import koffi from "koffi";
import type { Owner } from "../../vocabulary/index.ts";
import { makeBlocking } from "./descriptor.ts";
import { declare, isErrno, SystemError } from "./libc.ts";

const mkfifo = declare<(path: string, mode: number) => number>("int mkfifo(const char *path, unsigned int mode)");

/**
 * Mode 0600; one that is there already is fine. `owner`: root of the pod's own user namespace, which cannot give to a
 * container's user what is not its own, and whose programs open /dev/stdout anew.
 */
export const makeFifo = (path: string, owner?: Owner): void => {
  if (mkfifo(path, 0o600) === 0) {
    if (owner) chownSync(path, owner.uid, owner.gid);
    return;
  }
  const error = new SystemError("mkfifo", koffi.errno(), path);
  if (error.code !== "EEXIST") throw error;
};

/** The monitor's and the keeper's end; never blocks. */
export const openToRead = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);

/** The container's end; never blocks to be opened. */
export const openForContainer = (path: string): number => openSync(path, constants.O_RDWR);

/** A writer's end, which gets SIGPIPE when the reader goes. Throws ENXIO where nobody reads, instead of waiting for one. */
export const openToWrite = (path: string): number => {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  makeBlocking(fd);
  return fd;
};

/** A reader's end for a process, which sees the end of file when nobody holds the FIFO to write; never blocks to be opened. */
export const openForReader = (path: string): number => {
  const fd = openToRead(path);
  makeBlocking(fd);
  return fd;
};

/** A writer's end, non-blocking. Throws ENXIO where nobody reads. */
export const openToFeed = (path: string): number => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);

/** As `openToFeed`, before anybody reads. */
export const openBeforeReader = (path: string): number => {
  const reader = openToRead(path);
  try {
    return openToFeed(path);
  } finally {
    closeSync(reader);
  }
};

/** The holder of a stdin; absent: its name or its last reader has gone, and nothing can go in any more. */
export const openHolder = (path: string): number | undefined => {
  try {
    return openToFeed(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENXIO")) return undefined;
    throw error;
  }
};
