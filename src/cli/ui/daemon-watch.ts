/** Whether the daemon lives whose recording is read, by a descriptor of its process: nothing is asked of it. */
import { closeSync } from "node:fs";
import { openPidfdOf } from "../../drivers/linux/pidfd.ts";
import { Readiness } from "../../drivers/linux/poll.ts";
import { nameProcess } from "../../drivers/linux/process.ts";
import type { MonoMs } from "../../vocabulary/index.ts";

/** The kernel's clock tick as /proc has it, the same on every architecture. */
const TICK_MS = 10;

export class DaemonWatch {
  readonly #readiness = new Readiness();
  readonly #changed: () => void;
  #pidfd: number | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get alive(): boolean {
    return this.#pidfd !== undefined;
  }

  /** A daemon said at `mono` that it begins, or goes on. */
  follow({ pid, mono }: { readonly pid: number; readonly mono: MonoMs }): void {
    this.#leave();
    const name = nameProcess(pid);
    // Who began after it spoke has its pid and is another.
    const pidfd = name && name.startTicks * TICK_MS <= mono ? openPidfdOf(name) : undefined;
    if (pidfd !== undefined) {
      this.#pidfd = pidfd;
      this.#readiness.readable(pidfd, () => {
        this.#leave();
        this.#changed();
      });
    }
    this.#changed();
  }

  #leave(): void {
    if (this.#pidfd === undefined) return;
    this.#readiness.forget(this.#pidfd);
    closeSync(this.#pidfd);
    this.#pidfd = undefined;
  }

  close(): void {
    this.#leave();
    this.#readiness.close();
  }
}
