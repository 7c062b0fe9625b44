/**
 * A process of a spec's own with a watchdog: `stuck-program.ts DIRECTORY WAY…` makes its loop stand still in each of these ways,
 * one after another, and says as JSON lines what it is about to do and what the watchdog tells of it. Then it does not end itself.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { url } from "node:inspector";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runInThisContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import { startWatchdog, type Stall } from "../../../src/drivers/watchdog/watchdog.ts";

const [directory = "", ...ways] = process.argv.slice(2);
const stallMs = 300;
/** Long enough to be noticed and looked at on a busy host. */
const stuckMs = 2_000;

const say = (said: object): void => void writeSync(1, `${JSON.stringify(said)}\n`);

function busyHook(ms: number): void {
  for (const until = Date.now() + ms; Date.now() < until;);
}
function descend(depth: number): number {
  if (depth > 0) return descend(depth - 1) + 1;
  busyHook(stuckMs);
  return 0;
}

const stuck: Readonly<Record<string, () => unknown>> = {
  busy: () => busyHook(stuckMs),
  deep: () => descend(5_000),
  regex() {
    for (const until = Date.now() + stuckMs; Date.now() < until;) /^(a+)+$/.test(`${"a".repeat(24)}b`);
  },
  atomics: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stuckMs),
  native() {
    const numbers = Array.from({ length: 500_000 }, (_, index) => (index * 7_919) % 1_000_003);
    for (const until = Date.now() + stuckMs; Date.now() < until;) numbers.toSorted();
  },
  fifo: () => readFileSync(join(directory, "fifo")),
  child: () => execFileSync("sleep", [String(stuckMs / 1_000)]),
};
const fine: Readonly<Record<string, () => Promise<unknown>>> = {
  turning: () => pause(stallMs * 5),
  // The spec stops all of the process meanwhile.
  stopped: () => pause(stallMs * 10),
};

const sockets = (): number =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // the directory's own
    }
  }).length;
const socketsBefore = sockets(); // stdout is one

const thread = new Promise<Worker>((resolve) => process.once("worker", resolve));
let told = Promise.withResolvers<Stall>();
startWatchdog({
  directory: join(directory, "flight"),
  stallMs,
  told: (stall, unwritten) => {
    say({ told: stall, ...(unwritten !== undefined && { unwritten }) });
    told.resolve(stall);
  },
  failed: (error) => say({ failed: error.message }),
});
const work = setInterval(() => {}, 60_000); // the watchdog is none
const worker = await thread;
await once(worker, "online");
for (const way of ways) {
  told = Promise.withResolvers();
  say({ way, pid: process.pid });
  if (way === "dead") await worker.terminate();
  else if (fine[way]) await fine[way]();
  else {
    stuck[way]?.();
    await told.promise;
  }
}
clearInterval(work);
// With a debugger that is on, this halts.
runInThisContext("debugger");
say({ inspector: url() ?? null, sockets: sockets() - socketsBefore });
