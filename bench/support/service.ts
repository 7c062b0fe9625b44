/** A daemon as a service manager would run it: its words go to a file. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export interface Service {
  /** Of its present life. */
  readonly pid: number;
  /** How it ended, with its last words; undefined while it runs. */
  over(): string | undefined;
  /** SIGKILL, and its end awaited. */
  crash(): Promise<void>;
  /** Once more, after its end. */
  restart(): void;
  /** SIGTERM, and its end awaited. */
  stop(): Promise<void>;
}

const stopWithinMs = 20_000;
const lastWords = 2000;

export const startService = (argv: readonly [string, ...string[]], log: string): Service => {
  const [program, ...args] = argv;
  let end: string | undefined;
  const launch = () => {
    const output = openSync(log, "a");
    const child = spawn(program, args, { stdio: ["ignore", output, output] });
    closeSync(output);
    end = undefined;
    const ended = new Promise<void>((resolve) => {
      const over = (how: string): void => {
        end = `${how}: ${readFileSync(log, "utf8").slice(-lastWords)}`;
        resolve();
      };
      child.once("error", (error) => over(error.message));
      child.once("exit", (code, signal) => over(signal ?? `status ${code}`));
    });
    return { child, ended };
  };
  let life = launch();
  return {
    get pid() {
      return life.child.pid ?? -1;
    },
    over: () => end,
    crash: async () => {
      life.child.kill("SIGKILL");
      await life.ended;
    },
    restart: () => {
      life = launch();
    },
    stop: async () => {
      life.child.kill("SIGTERM");
      const late = await Promise.race([life.ended.then(() => false), pause(stopWithinMs, true, { ref: false })]);
      if (late) throw new Error(`${program} still runs ${stopWithinMs / 1000} s after SIGTERM`);
    },
  };
};
