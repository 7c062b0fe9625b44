/** What the daemon sees of ends by itself: a pidfd of each container's init and each exec, and what the kernel tells by it. */
import { closeSync } from "node:fs";
import type { Kind, ProcessName } from "../../monitor/protocol.ts";
import type { Exit, HowItEnded, WallNs } from "../../vocabulary/index.ts";
import { countOomKills, oomCounterOf, type OomCounter } from "../linux/oom-kills.ts";
import { orphanExit } from "../linux/orphan-exit.ts";
import { hasEnded, openPidfdOf } from "../linux/pidfd.ts";
import type { Readiness } from "../linux/poll.ts";

interface Watched {
  readonly kind: Kind;
  /** Absent: gone before it was watched. */
  readonly pidfd: number | undefined;
  readonly oom: OomCounter | undefined;
  /** When its end was seen. */
  endedAt: WallNs | undefined;
  how: Promise<HowItEnded> | undefined;
  readonly end: () => void;
}

export interface WitnessOptions {
  readonly readiness: Readiness;
  readonly wallNs: () => WallNs;
  /** A watched process has ended; `exitOf` has the rest. */
  readonly ended: (kind: Kind, id: string) => void;
}

const UNSEEN: HowItEnded = { unknown: "it ended while neither the daemon nor a monitor was there to see it" };

export class Witness {
  readonly #options: WitnessOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Watching twice is fine. */
  watch(kind: Kind, id: string, init: ProcessName): void {
    if (this.#watched.has(id)) return;
    const pidfd = openPidfdOf(init);
    // A new container's cgroup is new too: its kills count from zero.
    const oom = pidfd === undefined ? undefined : oomCounterOf(init.pid);
    const end = (): void => {
      if (watched.endedAt !== undefined) return;
      watched.endedAt = this.#options.wallNs();
      this.#options.ended(kind, id);
    };
    const watched: Watched = { kind, pidfd, oom, endedAt: undefined, how: undefined, end };
    this.#watched.set(id, watched);
    if (pidfd === undefined) setImmediate(end);
    else this.#options.readiness.readable(pidfd, end);
  }

  watches(id: string): boolean {
    return this.#watched.has(id);
  }

  /** Those whose end was seen here. */
  get ended(): readonly { readonly kind: Kind; readonly id: string }[] {
    const all = [...this.#watched].map(([id, { kind, endedAt }]) => ({ kind, id, endedAt }));
    return all.filter(({ endedAt }) => endedAt !== undefined);
  }

  /** Absent: it is not watched, or has not ended. May take the time in which an init reaps; `unknown` comes with the reason. */
  async exitOf(id: string): Promise<Exit | undefined> {
    const watched = this.#watched.get(id);
    if (!watched) return undefined;
    const { pidfd, oom } = watched;
    if (watched.endedAt === undefined) {
      if (pidfd !== undefined && !hasEnded(pidfd)) return undefined;
      watched.end();
    }
    watched.how ??= pidfd === undefined ? Promise.resolve(UNSEEN) : orphanExit(this.#options.readiness, pidfd);
    const at = watched.endedAt ?? this.#options.wallNs();
    return { at, oomKilled: ((oom && countOomKills(oom)) ?? 0) > 0, ...(await watched.how) };
  }

  forget(id: string): void {
    const watched = this.#watched.get(id);
    this.#watched.delete(id);
    if (watched?.pidfd === undefined) return;
    this.#options.readiness.forget(watched.pidfd);
    // Asked right now: the descriptor is closed when the kernel has told.
    const { pidfd, how } = watched;
    void (how ?? Promise.resolve()).then(() => closeSync(pidfd));
  }

  close(): void {
    for (const id of this.#watched.keys()) this.forget(id);
  }
}
