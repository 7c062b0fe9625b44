/** How late the event loop of a spec's daemon or monitor is, measured in that process itself. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { eventually } from "./kubelet.ts";

/** Milliseconds beyond what a timer asked for. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
  /** Without what the thread waited for a processor, which others had: of its own work, and of what that waited for. */
  readonly ownP99: number;
  readonly ownMax: number;
}

/**
 * Options of Node for a process to be watched, which writes into `file` when it is asked. Those that it starts may inherit them:
 * watched is who has `word` among its arguments.
 */
export const watchedLoop = (file: string, word: string): readonly string[] => {
  const watch = new URL("loop-delay-watch.ts", import.meta.url);
  watch.search = String(new URLSearchParams({ file, word }));
  return ["--import", watch.href];
};

/** Of the process with this pid, since it was asked last. */
export const loopDelay = (pid: number, file: string): Promise<LoopDelay> => {
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  return eventually("the process's word", 10_000, () =>
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LoopDelay) : undefined,
  );
};
