/**
 * FIFOs as the standard streams of containers. Each is opened by three, each for itself, for O_NONBLOCK belongs to the open
 * file and not to the process:
 *
 *   container  read and write, blocking: it never gets SIGPIPE, and waits while the FIFO is full
 *   monitor    read, non-blocking: takes the bytes once they are in the log
 *   daemon     read: the keeper, so that bytes outlive a container that ends while there is no monitor
 *
 * A reader that also wrote would never see the end of file.
 */
import { constants, openSync } from "node:fs";
import koffi from "koffi";
import { makeBlocking } from "./descriptor.ts";
import { declare, SystemError } from "./libc.ts";

const mkfifo = declare<(path: string, mode: number) => number>("int mkfifo(const char *path, unsigned int mode)");

/** Mode 0600; one that is there already is fine. */
export const makeFifo = (path: string): void => {
  if (mkfifo(path, 0o600) === 0) return;
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
