/** epoll(7): one descriptor that tells which of many are ready. It may itself be polled, or waited on by a thread of its own. */
import koffi from "koffi";
import { closeOpenedByCall } from "./descriptor.ts";
import { checked, declare, isErrno, SystemError } from "./libc.ts";

/**
 * What to wait for; hang-ups are always told. `ONESHOT`: told once, then silent until changed. `EDGE`: told once for what has come,
 * and in the order in which it came: without it, what was told last stands first in the kernel's list when it is ready again.
 */
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLHUP = 0x10;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLEDGE = 0x80000000;

const EPOLL_CLOEXEC = 0x80000;
const [CTL_ADD, CTL_DEL, CTL_MOD] = [1, 2, 3];

const create = declare<(flags: number) => number>("int epoll_create1(int flags)");
const control = declare<(epoll: number, operation: number, fd: number, event: Buffer) => number>(
  "int epoll_ctl(int epoll, int operation, int fd, void *event)",
);
const wait = declare<(epoll: number, events: Buffer, size: number, timeoutMs: number) => number>(
  "int epoll_wait(int epoll, void *events, int size, int timeout)",
);

// The kernel packs struct epoll_event on x86-64 alone.
const packed = process.arch === "x64";
const EVENT_BYTES = packed ? 12 : 16;
const DATA_AT = packed ? 4 : 8;
const EVENTS_AT_ONCE = 64;

export class Epoll {
  readonly fd = checked(create(EPOLL_CLOEXEC), "epoll_create1", "");
  readonly #event = Buffer.alloc(EVENT_BYTES);
  readonly #events = Buffer.alloc(EVENT_BYTES * EVENTS_AT_ONCE);

  add(fd: number, events: number): void {
    this.#control(CTL_ADD, fd, events);
  }

  /** Adds or re-arms. */
  set(fd: number, events: number): void {
    try {
      this.#control(CTL_MOD, fd, events);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      this.#control(CTL_ADD, fd, events);
    }
  }

  /** To be called before `fd` is closed; one that is not in the set is fine. */
  remove(fd: number): void {
    try {
      this.#control(CTL_DEL, fd, 0);
    } catch (error) {
      if (!isErrno(error, "ENOENT", "EBADF")) throw error;
    }
  }

  /** Descriptors that are ready, at most 64 in turn; blocks the thread up to `timeoutMs` (-1: without end). */
  wait(timeoutMs: number): number[] {
    const count = wait(this.fd, this.#events, EVENTS_AT_ONCE, timeoutMs);
    if (count < 0) {
      const error = new SystemError("epoll_wait", koffi.errno(), String(this.fd));
      if (error.code === "EINTR") return [];
      throw error;
    }
    return Array.from({ length: count }, (_, index) => this.#events.readInt32LE(index * EVENT_BYTES + DATA_AT));
  }

  close(): void {
    closeOpenedByCall(this.fd);
  }

  #control(operation: number, fd: number, events: number): void {
    this.#event.writeUInt32LE(events >>> 0, 0);
    this.#event.writeInt32LE(fd, DATA_AT);
    checked(control(this.fd, operation, fd, this.#event), "epoll_ctl", `descriptor ${fd}`);
  }
}
