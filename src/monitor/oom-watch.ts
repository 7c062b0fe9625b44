/**
 * Whether the kernel has killed a process of one container for memory. The counter is read when its event comes, for under
 * systemd the cgroup is gone milliseconds after the last exit:
 *
 *   v1  an eventfd, told to cgroup.event_control, wakes at each OOM (and at rmdir)
 *   v2  inotify on memory.events; the parent's counts its children's kills too, and stays: of those that are nobody else's
 *       by the ledger, one is its own
 */
import { closeSync, openSync, watch, writeFileSync, type FSWatcher } from "node:fs";
import { posix } from "node:path";
import { clearEventfd, openEventfd } from "../drivers/linux/eventfd.ts";
import {
  countOomKills,
  counterFile,
  oomCounterOf,
  parentCounter,
  type OomCounter,
} from "../drivers/linux/oom-kills.ts";
import type { Readiness } from "../drivers/linux/poll.ts";
import type { HowItEnded } from "../vocabulary/index.ts";

/** Where to count, and from what. Kept in the container's record, for a successor to go on from. */
export interface OomBaseline {
  readonly counter: OomCounter;
  readonly kills: number;
  readonly parentKills: number;
}

/** Taken between create and start; absent: this container has no memory cgroup that counts. */
export const oomBaselineOf = (pid: number): OomBaseline | undefined => {
  const counter = oomCounterOf(pid);
  const kills = counter && countOomKills(counter);
  if (!counter || kills === undefined) return undefined;
  return { counter, kills, parentKills: parentKills(counter) };
};

/** Kills of all containers that were counted, by the directory of their parent's counter. */
export type OomLedger = Map<string, number>;

export class OomWatch {
  readonly #readiness: Readiness;
  readonly #baseline: OomBaseline;
  readonly #ledger: OomLedger;
  readonly #parent: string;
  /** Kills in the parent that were in no ledger when we began. */
  readonly #foreign: number;
  readonly #eventfd: number | undefined;
  readonly #watcher: FSWatcher | undefined;
  #kills: number;

  constructor(readiness: Readiness, baseline: OomBaseline, ledger: OomLedger) {
    this.#readiness = readiness;
    this.#baseline = baseline;
    this.#kills = baseline.kills;
    const { counter } = baseline;
    this.#ledger = ledger;
    this.#parent = parentCounter(counter).directory;
    if (counter.version === 1) this.#eventfd = registerEventfd(counter);
    else this.#watcher = watchFile(counterFile(counter), () => this.#count());
    this.#listen();
    const read = this.#count(); // of a kill before we listened
    this.#foreign = (read ? parentKills(counter) : baseline.parentKills) - this.#inLedger;
  }

  /** Asked once the init has ended. */
  killed(how: HowItEnded): boolean {
    const read = this.#count();
    const { counter, kills } = this.#baseline;
    // Gone before we could read it.
    if (!read && counter.version === 2 && "signal" in how && how.signal === 9)
      this.#note(Math.max(0, parentKills(counter) - this.#inLedger - this.#foreign));
    return this.#kills > kills;
  }

  close(): void {
    this.#watcher?.close();
    if (this.#eventfd === undefined) return;
    this.#readiness.forget(this.#eventfd);
    closeSync(this.#eventfd);
  }

  #listen(): void {
    const fd = this.#eventfd;
    if (fd === undefined) return;
    this.#readiness.readable(fd, () => {
      clearEventfd(fd);
      this.#count();
      this.#listen();
    });
  }

  /** False: the cgroup is gone. */
  #count(): boolean {
    const kills = countOomKills(this.#baseline.counter);
    if (kills !== undefined) this.#note(kills - this.#kills);
    return kills !== undefined;
  }

  get #inLedger(): number {
    return this.#ledger.get(this.#parent) ?? 0;
  }

  #note(more: number): void {
    if (more === 0) return;
    this.#kills += more;
    this.#ledger.set(this.#parent, this.#inLedger + more);
  }
}

const parentKills = (counter: OomCounter): number =>
  (counter.version === 2 ? countOomKills(parentCounter(counter)) : undefined) ?? 0;

/** Absent: the cgroup is gone already. The kernel holds on to the eventfd, not to the file that it is about. */
const registerEventfd = (counter: OomCounter): number | undefined => {
  const eventfd = openEventfd();
  try {
    const control = openSync(counterFile(counter), "r");
    writeFileSync(posix.join(counter.directory, "cgroup.event_control"), `${eventfd} ${control}`);
    closeSync(control);
    return eventfd;
  } catch {
    closeSync(eventfd);
    return undefined;
  }
};

const watchFile = (path: string, changed: () => void): FSWatcher | undefined => {
  try {
    const watcher = watch(path, changed);
    watcher.on("error", () => watcher.close()); // the cgroup went away
    return watcher;
  } catch {
    return undefined;
  }
};
