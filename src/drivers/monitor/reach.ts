/**
 * Finds this node's monitor, or makes one: connect; where nobody listens and no monitor is there, start one and wait for its
 * socket to appear. Of two that are started at once one wins and the other ends; one may leave just as we come. So: again,
 * until the bound.
 */
import { mkdirSync, watch } from "node:fs";
import { Unavailable, Failed } from "../../errors.ts";
import type { Places } from "../../monitor/protocol.ts";
import { tryLock } from "../linux/flock.ts";
import { isErrno } from "../linux/libc.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { hasFailed, startMonitor, type StartOptions } from "./start.ts";

export interface ReachOptions extends Omit<StartOptions, "start"> {
  /** Absent: somebody else starts monitors, and one is waited for. */
  readonly start?: StartOptions["start"];
  readonly runDir: string;
  /** In all, from the first try to the welcome. */
  readonly boundMs: number;
}

/** The start that is under way. Kept from one try to the next: on a busy node it takes long, and several take longer. */
export class Starting {
  #end: Promise<string> | undefined;

  /** Resolves when it has come to nothing, with the reason; absent: none is under way. */
  get end(): Promise<string> | undefined {
    return this.#end;
  }

  /** Not while one is under way. */
  begin(places: Places, options: StartOptions): void {
    const end = start(places, options).finally(() => {
      if (this.#end === end) this.over();
    });
    this.#end = end;
  }

  over(): void {
    this.#end = undefined;
  }
}

/** What fails so often, one start after another, fails for a reason that waiting here does not mend, a full /run for example. */
const FAILED_STARTS = 3;
/** After a start that ended, before the next one. */
const PAUSE_MS = 100;
/** A start that has come to nothing by then is left to itself. */
const HUNG_MS = 60_000;

export const reachMonitor = async (
  places: Places,
  options: ReachOptions,
  connection: Omit<ConnectionOptions, "path" | "helloMs">,
  starting: Starting,
): ReturnType<typeof Connection.open> => {
  mkdirSync(options.runDir, { recursive: true });
  const until = performance.now() + options.boundMs;
  const change = new Change(options.runDir);
  const failed = new Set<Promise<string>>();
  let why = "nobody listens";
  try {
    for (;;) {
      const leftMs = until - performance.now();
      if (failed.size >= FAILED_STARTS) throw new Unavailable(`no monitor can be started: ${why}`);
      if (leftMs <= 0) throw new Unavailable(`no monitor could be reached within ${options.boundMs} ms: ${why}`);
      const changed = change.next();
      try {
        const reached = await Connection.open({ ...connection, path: places.socket, helloMs: leftMs });
        starting.over();
        return reached;
      } catch (error) {
        if (error instanceof Failed) throw error;
        why = error instanceof Error ? error.message : String(error);
        if (isErrno(error, "ENOENT", "ECONNREFUSED") && !starting.end) {
          const { start } = options;
          if (isThere(places))
            why = `the monitor that holds ${places.lock} does not listen: it replaces itself, or leaves`;
          else if (start) starting.begin(places, { ...options, start });
          else why = `none runs, and this daemon is not to start one; is troupe-monitor.service active?`;
        }
      }
      const begun = starting.end;
      const ended = begun?.then((end) => {
        if (hasFailed(end)) failed.add(begun);
        why = `the monitor did not stay: ${end} (${places.output} has its words)`;
      });
      await Promise.race([changed, ended ?? pause(PAUSE_MS), pause(leftMs)]);
    }
  } finally {
    change.close();
  }
};

/**
 * Whether a monitor lives, though it does not listen: one that replaces its program keeps the lock all the while, one that
 * leaves keeps it to its end. Another would only find that out and end, again and again. Not to be asked while a start of ours
 * is under way: the lock is ours for an instant, and a monitor that wants it then would leave.
 */
const isThere = (places: Places): boolean => {
  const lock = tryLock(places.lock);
  lock?.release();
  return lock === undefined;
};

const start = async (places: Places, options: StartOptions): Promise<string> => {
  const hung = pause(HUNG_MS).then(() => `it neither listens nor ends after ${HUNG_MS} ms`);
  const end = await Promise.race([startMonitor(places, options), hung]);
  await pause(PAUSE_MS);
  return end;
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** Something in a directory has changed: a socket was moved into it. */
class Change {
  #resolve: () => void = () => {};
  readonly #watcher;

  constructor(directory: string) {
    this.#watcher = watch(directory, () => this.#resolve());
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  close(): void {
    this.#watcher.close();
  }
}
