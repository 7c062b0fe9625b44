/**
 * Finds this node's monitor, or makes one: connect; where nobody listens, start one and wait for its socket to appear. Of
 * two that are started at once one wins and the other ends; one may leave just as we come. So: again, until the bound.
 */
import { mkdirSync, watch } from "node:fs";
import { Unavailable, Failed } from "../../errors.ts";
import type { Places } from "../../monitor/protocol.ts";
import { isErrno } from "../linux/libc.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { startMonitor, type StartOptions } from "./start.ts";

export interface ReachOptions extends StartOptions {
  readonly runDir: string;
  /** In all, from the first try to the welcome. */
  readonly boundMs: number;
}

/** After a start that ended, before the next one. */
const PAUSE_MS = 100;

export const reachMonitor = async (
  places: Places,
  options: ReachOptions,
  connection: Omit<ConnectionOptions, "path" | "helloMs">,
  mayStart: boolean,
): ReturnType<typeof Connection.open> => {
  mkdirSync(options.runDir, { recursive: true });
  const until = performance.now() + options.boundMs;
  const change = new Change(options.runDir);
  let starting: Promise<string> | undefined;
  let why = "nobody listens";
  try {
    for (;;) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) throw new Unavailable(`no monitor could be reached within ${options.boundMs} ms: ${why}`);
      const changed = change.next();
      try {
        return await Connection.open({ ...connection, path: places.socket, helloMs: leftMs });
      } catch (error) {
        if (error instanceof Failed) throw error;
        why = error instanceof Error ? error.message : String(error);
        if (mayStart && isErrno(error, "ENOENT", "ECONNREFUSED"))
          starting ??= startMonitor(places, options).then(async (end) => {
            why = `the monitor did not stay: ${end} (${places.output} has its words)`;
            await pause(PAUSE_MS);
            starting = undefined;
            return end;
          });
      }
      await Promise.race([changed, starting ?? pause(PAUSE_MS), pause(leftMs)]);
    }
  } finally {
    change.close();
  }
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
