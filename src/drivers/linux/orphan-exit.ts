/**
 * How a process ended that is not our child: the kernel tells whoever holds a pidfd, from Linux 6.15 on, once the parent
 * has reaped it. An init does so at once or within seconds; a parent that never reaps makes it `unknown`.
 */
import type { HowItEnded } from "../../vocabulary/index.ts";
import { exitOfReaped } from "./pidfd.ts";
import type { Readiness } from "./poll.ts";

/** Long enough for every init that reaps: 1.2 to 1.9 s were seen. */
export const REAPED_WITHIN_MS = 3000;
const PAUSE_MS = 50;

/** Of an ended process; resolves with `unknown` and the reason after `boundMs`, and never rejects for a held pidfd. */
export const orphanExit = async (
  readiness: Readiness,
  pidfd: number,
  boundMs: number = REAPED_WITHIN_MS,
): Promise<HowItEnded> => {
  const until = performance.now() + boundMs;
  for (;;) {
    const exit = exitOfReaped(pidfd);
    if (exit === "untold")
      return { unknown: "it was not a child of the monitor, and before Linux 6.15 the kernel tells only its parent" };
    if (exit !== "unreaped") return exit;
    if (performance.now() >= until)
      return { unknown: `it was not a child of the monitor, and its parent did not reap it within ${boundMs} ms` };
    await reapedOrPause(readiness, pidfd);
  }
};

/** The hang-up tells of the reaping; the pause is for the moment between that and the kernel's having the exit. */
const reapedOrPause = (readiness: Readiness, pidfd: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, PAUSE_MS);
    function done(): void {
      clearTimeout(timer);
      readiness.forget(pidfd);
      resolve();
    }
    readiness.hungUp(pidfd, done);
  });
