/**
 * Whether the kernel has killed a process of one container for memory. The counter is read when its event comes, for under
 * systemd the cgroup is gone milliseconds after the last exit:
 *
 *   v1  an eventfd, told to cgroup.event_control, wakes at each OOM (and at rmdir)
 *   v2  inotify on memory.events; the parent's counts its children's kills too, and stays
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

export class OomWatch {
  readonly #readiness: Readiness;
  readonly #baseline: OomBaseline;
  readonly #eventfd: number | undefined;
  readonly #watcher: FSWatcher | undefined;
  #seen = false;

  constructor(readiness: Readiness, baseline: OomBaseline) {
    this.#readiness = readiness;
    this.#baseline = baseline;
    const { counter } = baseline;
    if (counter.version === 1) this.#eventfd = registerEventfd(counter);
    else this.#watcher = watchFile(counterFile(counter), () => this.#count());
    this.#listen();
    this.#count(); // of a kill before we listened
  }

  /** Asked once the init has ended. */
  killed(how: HowItEnded): boolean {
    this.#count();
    if (this.#seen) return true;
    const { counter, parentKills: before } = this.#baseline;
    // Gone before we could read it. The parent's count may be a sibling's, so only for an end that fits.
    const gone = counter.version === 2 && countOomKills(counter) === undefined;
    return gone && "signal" in how && how.signal === 9 && parentKills(counter) > before;
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

  #count(): void {
    if ((countOomKills(this.#baseline.counter) ?? 0) > this.#baseline.kills) this.#seen = true;
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
