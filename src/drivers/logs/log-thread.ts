/** The log thread: a worker whose program is one loop that never returns to its event loop (`log-loop.ts`). */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { wallTime } from "../linux/clock.ts";
import { Journal } from "./journal.ts";
import { LogLoop } from "./log-loop.ts";
import { Losses } from "./losses.ts";
import type { LogOrder, LogThreadData } from "./messages.ts";

const RETRY_MS = 1000;

const port = parentPort;
if (!port) throw new Error("log-thread.ts is the program of a worker, not of a process");
const { directory, lane, wake, journaldSocket, sources, taps } = workerData as LogThreadData;

const journal = new Journal(directory, lane);
new LogLoop({
  wake,
  journal,
  journaldSocket,
  losses: new Losses(directory, lane, journal.lastDrop),
  nextOrder: () => receiveMessageOnPort(port)?.message as LogOrder | undefined,
  tell: (news) => port.postMessage(news),
  retryMs: RETRY_MS,
  monoMs: () => performance.now(),
  now: wallTime,
}).run(sources, taps);
