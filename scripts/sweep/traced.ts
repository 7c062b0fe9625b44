/** A process under the tracer (tracer.ts), for those who start one. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Step } from "./persistent-step.ts";

export type Deed = {
  /** Counted from 1. */
  readonly at: number;
  /** From there on so many in a row (default: 1); of refusals only. */
  readonly times?: number;
  /** An errno: the kernel does not make the call and says this. */
  readonly what: "kill before" | "kill after" | "EIO" | "ENOSPC";
};

export interface Order {
  readonly pid: number;
  /** What lies in them counts. */
  readonly folders: readonly string[];
  /** A regular expression for "CALL PATH": other steps do not count. */
  readonly only?: string;
  /** Absent: steps are just counted. */
  readonly deed?: Deed;
  /** A FIFO: what is written there lets the process begin. */
  readonly gate?: string;
}

export interface Traced {
  /** So far. */
  readonly steps: readonly Step[];
  /** Resolves when the deed is done, or the process has ended. */
  readonly over: Promise<void>;
  /** The process goes on without. */
  end(): Promise<void>;
}

const program = fileURLToPath(new URL("tracer.ts", import.meta.url));

/** Resolves when all threads are traced. */
export const trace = async (order: Order): Promise<Traced> => {
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "inherit"] });
  const steps: Step[] = [];
  const over = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { readonly tracing: number } | Step;
      if ("call" in said) steps.push(said);
      else resolve();
    });
    over.then(() => reject(new Error(`process ${order.pid} cannot be traced`)), reject);
  });
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await over;
  };
  return { steps, over, end };
};
