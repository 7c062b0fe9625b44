/** A daemon's side of the monitor for specs: a link and all that it was told. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { wallNs } from "../../../src/drivers/linux/clock.ts";
import { monitorLink } from "../../../src/drivers/monitor/link.ts";
import type { Monitor } from "../../../src/drivers/monitor/monitor.ts";
import { openEar, type Ear } from "../../drivers/monitor/ear.ts";

export const monitorProgram = join(import.meta.dirname, "monitor-program.ts");

/** In an emulated machine a monitor takes ten seconds to start. */
const SLOW_MACHINE_MS = 60_000;

/** A run directory on a memory filesystem. */
export const makeRunDir = (): string => mkdtempSync("/run/troupe-spec-");

export interface Daemon extends Ear {
  readonly link: Monitor;
  readonly warnings: readonly string[];
}

/** `nodeOptions`: of the monitor that it starts. */
export const daemonIn = (
  runDir: string,
  version = "first",
  program = monitorProgram,
  questionMs?: number,
  nodeOptions: readonly string[] = [],
): Daemon => {
  const warnings: string[] = [];
  const link = monitorLink({
    runDir,
    version,
    start: [process.execPath, ...nodeOptions, program, runDir, version],
    env: { PATH: process.env["PATH"] ?? "" },
    ownCgroup: true,
    wallNs,
    connectMs: SLOW_MACHINE_MS,
    ...(questionMs === undefined ? {} : { questionMs }),
    warn: (text) => warnings.push(text),
  });
  return { ...openEar(), link, warnings };
};

/** Resolves when a process that is not ours has ended and was reaped; one that stays is killed, and the spec fails. */
export const gone = async (pid: number, boundMs = SLOW_MACHINE_MS): Promise<void> => {
  const until = performance.now() + boundMs;
  while (existsSync(`/proc/${pid}`)) {
    if (performance.now() > until) {
      process.kill(pid, "SIGKILL");
      throw new Error(`process ${pid} did not end within ${boundMs} ms`);
    }
    await sleep(5);
  }
};

/** What the monitor itself had to say. */
export const monitorWords = (runDir: string): string => readFileSync(join(runDir, "monitor.log"), "utf8");

export const removeDirs = (...paths: readonly string[]): void => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
};
