import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/**
 * Starts libuv's worker threads now. They inherit the namespaces of the thread that makes the first asynchronous call
 * and serve the whole process: begun inside a switched namespace, they would show it to everyone from then on.
 * To be awaited as the first act of a program that ever switches.
 */
export const warmPool = async (): Promise<void> => {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  readFileSync("/proc/self/stat");
  await Promise.all(Array.from({ length: threads * 4 }, () => readFile("/proc/self/stat")));
};
