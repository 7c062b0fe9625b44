/** The watchdog of the daemon's own loop: what it tells goes into the log and the recording. */
import { startWatchdog, stallText, type Watchdog } from "../drivers/watchdog/watchdog.ts";
import type { What } from "../inspect/record.ts";
import type { Report } from "./report.ts";

/** Those who wait for a daemon's start come first: the thread takes some 30 ms of a processor to begin. */
const AFTER_MS = 1_000;

/** `directory` is the flight recorder's; there the thread itself writes down what the daemon may never come to tell. */
export const watchedLoop = (directory: string, report: Report, note: (what: What) => void): Watchdog =>
  startWatchdog({
    directory,
    afterMs: AFTER_MS,
    told(stall, unwritten) {
      const { kind, ms, stack, syscall } = stall;
      note({ kind, ms, stack, ...(syscall !== undefined && { syscall }) });
      report.say("warning", stallText(stall));
      if (unwritten !== undefined) report.say("warning", `that could not be written down: ${unwritten}`);
    },
    failed: (error) => report.say("warning", error.message),
  });
