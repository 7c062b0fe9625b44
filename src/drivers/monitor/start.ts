/** Starts a monitor that outlives this daemon: a session of its own, no descriptor of ours, `/` as its directory. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Places } from "../../monitor/protocol.ts";
import { placeBeside } from "./placement.ts";

export interface StartOptions {
  /** Program and arguments of a monitor. */
  readonly start: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** In a cgroup beside the daemon's. Off where something else places it: a unit of systemd's. */
  readonly ownCgroup: boolean;
  readonly warn: (text: string) => void;
}

/** Of one that failed by itself: neither killed, nor gone because another one is there. */
export const hasFailed = (end: string): boolean => /^it ended with code [1-9]/.test(end);

/** Resolves with a reason when that program has ended: another monitor may have been first, or it has failed. */
export const startMonitor = (places: Places, { start, env, ownCgroup, warn }: StartOptions): Promise<string> => {
  const output = openSync(places.output, "a", 0o600);
  const [file, ...args] = start;
  const child = spawn(file, args, { detached: true, cwd: "/", env, stdio: ["ignore", output, output] });
  closeSync(output);
  child.unref();
  if (ownCgroup && child.pid !== undefined) for (const text of placeBeside(child.pid)) warn(text);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `it was killed by ${signal}` : `it ended with code ${code}`));
  });
};
