/** `troupe serve` as the demo runs it: started, killed, started again, stopped; its transitions go to the story. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { CriError, criClient, type CriClient } from "../../src/grpc/client.ts";
import { within } from "../slow.ts";
import { troupe } from "./place.ts";
import type { Transition } from "./story.ts";

const startWithinMs = within(15_000);
const stopWithinMs = within(10_000);
const keptLines = 40;

const isTransition = (value: unknown): value is Transition =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "transition";

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // what Node itself or a tool below says
  }
};

export interface Daemon {
  /** The last lines that it wrote, over all its lives. */
  readonly lines: readonly string[];
  /** The client of the present life. */
  client(): CriClient;
  /** Starts it; resolves with the first answer that `ask` gets from it. */
  start<Answer>(ask: (client: CriClient) => Promise<Answer>): Promise<Answer>;
  /** kill -9, and its end awaited. */
  kill(): Promise<void>;
  /** SIGTERM, and its end awaited: the status. */
  stop(): Promise<number>;
}

export const daemonOf = (config: string, socket: string, moved: (transition: Transition) => void): Daemon => {
  const lines: string[] = [];
  let child: ChildProcess | undefined;
  let ended: Promise<number> = Promise.resolve(0);
  let client: CriClient | undefined;

  const heard = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    const value = parsed(line);
    if (isTransition(value)) moved(value);
  };

  const launch = (): void => {
    const started = spawn(troupe, ["serve", "--config", config, "--log-format", "json"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    createInterface({ input: started.stderr }).on("line", heard);
    // Closed, not only exited: then its last lines have been read as well.
    ended = new Promise((resolve, reject) => {
      started.once("error", reject);
      started.once("exit", (code) => resolve(code ?? -1));
    });
    child = started;
  };

  return {
    lines,
    client: () => {
      if (!client) throw new Error("the daemon was never started");
      return client;
    },
    start: async (ask) => {
      launch();
      const until = performance.now() + startWithinMs;
      for (;;) {
        client?.close();
        // A client of its own for each try: a gRPC channel that was refused once waits a second before it tries again.
        client = criClient(socket);
        try {
          return await ask(client);
        } catch (error) {
          if (!(error instanceof CriError && error.code === "UNAVAILABLE") || performance.now() > until) throw error;
          if (child?.exitCode !== null) throw new Error(`troupe serve ended with ${child?.exitCode}`, { cause: error });
          await pause(within(10));
        }
      }
    },
    kill: async () => {
      child?.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      client?.close();
      child?.kill("SIGTERM");
      const late = pause(stopWithinMs, "late" as const, { ref: false });
      const status = await Promise.race([ended, late]);
      if (status === "late") throw new Error(`troupe serve still runs ${stopWithinMs / 1000} s after SIGTERM`);
      return status;
    },
  };
};
