/** Where the event loop of a daemon that does not answer stands still, as its watchdog has told. */
import { stallText, stallsIn, type Stall } from "../drivers/watchdog/watchdog.ts";

/** Undefined where the last word about the loop of process `pid` is that it went on, or there is none. */
export const presentStall = (directory: string, pid: number | undefined): Stall | undefined => {
  const last = stallsIn(directory).findLast((stall) => stall.pid === pid);
  return last?.over === false ? last : undefined;
};

/** The same in a sentence. */
export const stallIn = (directory: string, pid: number | undefined): string | undefined => {
  const stall = presentStall(directory, pid);
  return stall && `the daemon (pid ${stall.pid}): ${stallText(stall)} (told at ${new Date(stall.wall).toISOString()})`;
};
