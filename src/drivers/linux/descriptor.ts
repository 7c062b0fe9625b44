/** Flags of descriptors, and how much waits in one to be read. */
import { constants } from "node:fs";
import { checked, declare } from "./libc.ts";

const F_GETFL = 3;
const F_DUPFD_CLOEXEC = 1030;
const F_SETFD = 2;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const F_SETPIPE_SZ = 1031;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL = 0x1;
/** F_SEAL_SHRINK, _GROW and _WRITE. */
const CONTENT_SEALS = 0xe;
const FIONREAD = 0x541b;

// Variadic in C; Linux passes a long in the same register either way.
const fcntl = declare<(fd: number, command: number, argument: number) => number>(
  "int fcntl(int fd, int command, long argument)",
);
const ioctl = declare<(fd: number, request: number, argument: Buffer) => number>(
  "int ioctl(int fd, unsigned long request, void *argument)",
);

/** Node opens everything close-on-exec; what a program is to find after execve must lose that, and get it back there. */
export const setCloseOnExec = (fd: number, closes: boolean): void => {
  checked(fcntl(fd, F_SETFD, closes ? FD_CLOEXEC : 0), "fcntl F_SETFD", `descriptor ${fd}`);
};

/** Of a file in memory: neither its bytes nor its seals change any more, whoever has it open. */
export const sealForever = (fd: number): void => {
  checked(fcntl(fd, F_ADD_SEALS, CONTENT_SEALS | F_SEAL_SEAL), "fcntl F_ADD_SEALS", `descriptor ${fd}`);
};

/** Its bytes alone. */
export const sealContent = (fd: number): void => {
  checked(fcntl(fd, F_ADD_SEALS, CONTENT_SEALS), "fcntl F_ADD_SEALS", `descriptor ${fd}`);
};

const SYS_CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
const LAST = 0xffffffff;

const closeRange = declare<(call: number, first: number, last: number, flags: number) => number>(
  "long syscall(long call, unsigned long first, unsigned long last, unsigned long flags)",
);

/** All but the three streams: what we inherited by somebody's carelessness would go on into every container. */
export const inheritNothing = (): void => {
  checked(closeRange(SYS_CLOSE_RANGE, 3, LAST, CLOSE_RANGE_CLOEXEC), "close_range", "from descriptor 3");
};

export const makeBlocking = (fd: number): void => {
  const flags = checked(fcntl(fd, F_GETFL, 0), "fcntl F_GETFL", `descriptor ${fd}`);
  checked(fcntl(fd, F_SETFL, flags & ~constants.O_NONBLOCK), "fcntl F_SETFL", `descriptor ${fd}`);
};

export const makeNonBlocking = (fd: number): void => {
  const flags = checked(fcntl(fd, F_GETFL, 0), "fcntl F_GETFL", `descriptor ${fd}`);
  checked(fcntl(fd, F_SETFL, flags | constants.O_NONBLOCK), "fcntl F_SETFL", `descriptor ${fd}`);
};

/** Room for `bytes` in a pipe or FIFO; false: what it had stays, as it holds more than that or its user has too many (EPERM). */
export const widenPipe = (fd: number, bytes: number): boolean => fcntl(fd, F_SETPIPE_SZ, bytes) >= 0;

/** Another descriptor of the same open file, close-on-exec. */
export const duplicate = (fd: number): number =>
  checked(fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl F_DUPFD_CLOEXEC", `descriptor ${fd}`);

const close = declare<(fd: number) => number>("int close(int fd)");

/**
 * Of what a system call has opened, in a thread of its own: Node keeps account of what a thread opens through it, and warns of any
 * other that is closed through it.
 */
export const closeOpenedByCall = (fd: number): void => {
  checked(close(fd), "close", `descriptor ${fd}`);
};

const amount = Buffer.alloc(4);

/** Bytes that a pipe or FIFO holds. */
export const bytesWaiting = (fd: number): number => {
  checked(ioctl(fd, FIONREAD, amount), "ioctl FIONREAD", `descriptor ${fd}`);
  return amount.readInt32LE(0);
};
