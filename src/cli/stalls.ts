/** Where the event loop of a daemon that does not answer stands still, as its watchdog has told. */
import { stallText, stallsIn } from "../drivers/watchdog/watchdog.ts";

/** In a sentence; undefined where the last word about the loop of process `pid` is that it went on, or there is none. */
export const stallIn = (directory: string, pid: number | undefined): string | undefined => {
  const last = stallsIn(directory).findLast((stall) => stall.pid === pid);
  if (!last || last.over) return undefined;
  return `the daemon (pid ${last.pid}): ${stallText(last)} (told at ${new Date(last.wall).toISOString()})`;
};
