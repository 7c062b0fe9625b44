/** eventfd(2): a counter that wakes whoever polls it, in another thread or from the kernel. */
import { readSync, writeSync } from "node:fs";
import { checked, declare, isErrno } from "./libc.ts";

const EFD_CLOEXEC = 0x80000;
const EFD_NONBLOCK = 0x800;

const eventfd = declare<(initial: number, flags: number) => number>("int eventfd(unsigned int initial, int flags)");

const one = Buffer.from(new BigUint64Array([1n]).buffer);

/** A new one, at zero, close-on-exec and non-blocking. */
export const openEventfd = (): number => checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "");

export const signalEventfd = (fd: number): void => {
  writeSync(fd, one);
};

/** Sets it back to zero; one that is at zero is fine. */
export const clearEventfd = (fd: number): void => {
  try {
    readSync(fd, Buffer.alloc(8));
  } catch (error) {
    if (!isErrno(error, "EAGAIN")) throw error;
  }
};
