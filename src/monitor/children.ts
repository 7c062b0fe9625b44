/**
 * The processes that the monitor waits for, by pidfd: inits of containers and execs. A child's end is peeked at and kept a
 * zombie until the reducer has written it down; that of a predecessor's child is asked of the kernel.
 */
import { closeSync } from "node:fs";
import { orphanExit } from "../drivers/linux/orphan-exit.ts";
import { openPidfdOf } from "../drivers/linux/pidfd.ts";
import type { Readiness } from "../drivers/linux/poll.ts";
import { peekExit, reap } from "../drivers/linux/waitid.ts";
import type { Exit, HowItEnded, WallNs } from "../vocabulary/index.ts";
import { OomWatch, type OomBaseline, type OomLedger } from "./oom-watch.ts";
import type { ProcessName } from "./protocol.ts";

interface Child {
  readonly pid: number;
  readonly pidfd: number;
  readonly oom: OomWatch | undefined;
}

export interface ChildrenOptions {
  readonly readiness: Readiness;
  readonly wallNs: () => WallNs;
  readonly ended: (id: string, exit: Exit) => void;
}

export class Children {
  readonly #options: ChildrenOptions;
  readonly #children = new Map<string, Child>();
  readonly #ledger: OomLedger = new Map();

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** Waits for `process` as `id`, by a pidfd that came with it or a new one. `ended` is called later, never from in here. */
  follow(id: string, process: ProcessName, oom: OomBaseline | undefined, given?: number): void {
    const { readiness } = this.#options;
    const pidfd = given ?? openPidfdOf(process);
    if (pidfd === undefined) {
      setImmediate(() => this.#tell(id, { unknown: "it ended while there was no monitor to see it" }, undefined));
      return;
    }
    const child = { pid: process.pid, pidfd, oom: oom && new OomWatch(readiness, oom, this.#ledger) };
    this.#children.set(id, child);
    this.#wait(id, child);
  }

  /** After the exit was kept; unknown ids are fine. */
  reap(id: string): void {
    const child = this.#children.get(id);
    if (!child) return;
    reap(child.pidfd);
    this.#children.delete(id);
    child.oom?.close();
    this.#options.readiness.forget(child.pidfd);
    closeSync(child.pidfd);
  }

  /** Their zombies are not for the sweep. */
  get pids(): ReadonlySet<number> {
    return new Set([...this.#children.values()].map(({ pid }) => pid));
  }

  /** What a program after execve goes on with. */
  get pidfds(): ReadonlyMap<string, number> {
    return new Map([...this.#children].map(([id, { pidfd }]) => [id, pidfd]));
  }

  #wait(id: string, child: Child): void {
    this.#options.readiness.readable(child.pidfd, () => {
      const how = peekExit(child.pidfd);
      if (how === "running") return this.#wait(id, child);
      if (how !== "foreign") return this.#tell(id, how, child.oom);
      const at = this.#options.wallNs();
      void orphanExit(this.#options.readiness, child.pidfd).then((how) => this.#tell(id, how, child.oom, at));
    });
  }

  #tell(id: string, how: HowItEnded, oom: OomWatch | undefined, at: WallNs = this.#options.wallNs()): void {
    this.#options.ended(id, { at, oomKilled: oom?.killed(how) ?? false, ...how });
  }
}
