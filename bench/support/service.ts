/** A daemon as a service manager would run it: its words go to a file. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export interface Service {
  readonly pid: number;
  /** How it ended, with its last words; undefined while it runs. */
  over(): string | undefined;
  /** SIGTERM, and its end awaited. */
  stop(): Promise<void>;
}

const stopWithinMs = 20_000;
const lastWords = 2000;

export const startService = (argv: readonly [string, ...string[]], log: string): Service => {
  const output = openSync(log, "w");
  const [program, ...args] = argv;
  const child = spawn(program, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  let end: string | undefined;
  const ended = new Promise<void>((resolve) => {
    const over = (how: string): void => {
      end = `${how}: ${readFileSync(log, "utf8").slice(-lastWords)}`;
      resolve();
    };
    child.once("error", (error) => over(error.message));
    child.once("exit", (code, signal) => over(signal ?? `status ${code}`));
  });
  return {
    pid: child.pid ?? -1,
    over: () => end,
    stop: async () => {
      child.kill("SIGTERM");
      const late = await Promise.race([ended.then(() => false), pause(stopWithinMs, true, { ref: false })]);
      if (late) throw new Error(`${program} still runs ${stopWithinMs / 1000} s after SIGTERM`);
    },
  };
};
