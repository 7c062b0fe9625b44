/** What the kernel says of a thread of this process: what it waits for there, and how long it was kept from running. */
import { readFileSync } from "node:fs";
import { systemCallName } from "./system-calls.ts";

export interface InKernel {
  readonly syscall: string;
  /** Innermost first; empty where the kernel keeps it to itself. */
  readonly kernel: readonly string[];
}

const DEPTH = 8;

/** Empty where there is no such file, or none for us: a kernel need not have any of them. */
const told = (thread: number, name: string): string => {
  try {
    return readFileSync(`/proc/self/task/${thread}/${name}`, "utf8").trim();
  } catch {
    return "";
  }
};

/** `[<0>] fifo_open+0x2d9/0x330` → `fifo_open` */
const functionsOf = (stack: string): readonly string[] =>
  [...stack.matchAll(/^\[<\w+>\] ([\w.]+)\+/gm)].map(([, name = ""]) => name).slice(0, DEPTH);

/** Undefined: it is running, or nothing is known. Arguments are not read: a path among them may be anything. */
export const inKernel = (thread: number): InKernel | undefined => {
  const number = Number(/^-?\d+/.exec(told(thread, "syscall"))?.[0] ?? NaN);
  if (Number.isNaN(number)) return undefined;
  const held = /^State:\s*D/m.test(told(thread, "status")) ? " (uninterruptible)" : "";
  const functions = functionsOf(told(thread, "stack"));
  const outermost = told(thread, "wchan");
  return {
    // -1: it is blocked without having called: a page of a file on a disk that does not answer, for one.
    syscall: `${number < 0 ? "page fault" : systemCallName(number, process.arch)}${held}`,
    kernel: functions.length > 0 ? functions : outermost === "" || outermost === "0" ? [] : [outermost],
  };
};

/** Milliseconds that it was ready to run and had no processor, since it began; 0 where the kernel does not count. */
export const starvedMs = (thread: number): number => Number(told(thread, "schedstat").split(" ")[1] ?? 0) / 1e6;
