/** How late the event loop of a spec's daemon is, measured in the daemon itself. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "./kubelet.ts";

const VARIABLE = "TROUPE_LOOP_DELAY";

/** Milliseconds beyond what a timer asked for. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
}

/** Where a daemon that is watched writes; undefined: nobody wants to know. */
export const delayFile = (): string | undefined => process.env[VARIABLE];

/** Options of Node for a daemon to be watched, which is started after this. */
export const watchedLoop = (file: string): readonly string[] => {
  process.env[VARIABLE] = file;
  return ["--import", fileURLToPath(new URL("loop-delay-watch.ts", import.meta.url))];
};

/** Of the daemon with this pid, since it was asked last. */
export const loopDelay = (pid: number): Promise<LoopDelay> => {
  const file = delayFile() ?? "";
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  return eventually("the daemon's word", 10_000, () =>
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LoopDelay) : undefined,
  );
};
