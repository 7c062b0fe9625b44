/**
 * Waits on the event loop for descriptors that Node cannot wait for: pidfds, eventfds, inotify, terminals' masters.
 *
 * Many koffi polls are many traps: one that is not kept is collected and never fires, `stop()` after `close()` is a
 * segfault, a level that stays high fires without end. So there is one, on an epoll set, and each wait in it fires once.
 */
import koffi from "koffi";
import { Epoll, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT } from "./epoll.ts";

export class Readiness {
  readonly #epoll = new Epoll();
  readonly #callbacks = new Map<number, () => void>();
  readonly #poll = koffi.node.poll(this.#epoll.fd, { readable: true }, () => this.#wake());
  #awake = false;
  #closed = false;

  /** Calls back once when `fd` is readable or hung up. A pidfd is at its process's end, reaped or not. */
  readable(fd: number, callback: () => void): void {
    this.#wait(fd, EPOLLIN, callback);
  }

  /** Calls back once when `fd` takes bytes or nobody reads it any more. One wait a descriptor: who reads as well has two. */
  writable(fd: number, callback: () => void): void {
    this.#wait(fd, EPOLLOUT, callback);
  }

  /** Calls back once when `fd` is hung up. A pidfd is when its process has been reaped (Linux 6.9 and later tell at once). */
  hungUp(fd: number, callback: () => void): void {
    this.#wait(fd, EPOLLHUP, callback);
  }

  /** Ends a wait; must come before the descriptor is closed. */
  forget(fd: number): void {
    if (this.#callbacks.delete(fd) && !this.#closed) this.#epoll.remove(fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#callbacks.clear();
    this.#poll.close();
    this.#epoll.close();
  }

  #wait(fd: number, events: number, callback: () => void): void {
    if (this.#closed) return;
    this.#epoll.set(fd, events | EPOLLONESHOT);
    this.#callbacks.set(fd, callback);
  }

  /** Node 26 runs no microtasks after a koffi callback: promises resolved in it would hang until something else happens. */
  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    setImmediate(() => {
      this.#awake = false;
      if (!this.#closed) this.#dispatch();
    });
  }

  #dispatch(): void {
    for (const fd of this.#epoll.wait(0)) {
      const callback = this.#callbacks.get(fd);
      this.#callbacks.delete(fd);
      callback?.();
      if (this.#closed) return;
    }
  }
}
