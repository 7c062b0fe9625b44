/**
 * tracer.ts ORDER (JSON): follows all threads of a process and counts the steps by which it changes its stores. At one of
 * them it does what it was told to: kills the process before or behind it, or has the kernel refuse it. Each step is said in a
 * line on stdout; the first line says that all threads are traced. It ends with the deed, or with the process.
 *
 * By ptrace and not by `strace -e inject`: that counts each thread's calls apart, and takes whole paths, not folders; here the
 * n-th step of the process is the n-th, whichever thread makes it.
 */
import { constants } from "node:os";
import { openSync, readdirSync, writeSync } from "node:fs";
import { stepReader } from "./persistent-step.ts";
import { answer, followSyscalls, seize, skip } from "./ptrace.ts";
import type { Order } from "./traced.ts";

const order = JSON.parse(process.argv[2] ?? "") as Order;
const { pid, deed, only } = order;
const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const read = stepReader(pid, order.folders);
const wanted = only === undefined ? undefined : new RegExp(only);
let steps = 0;
/** Threads in a call that is to fail, or to be the last one. */
const marked = new Set<number>();
const isOver = (): boolean => deed !== undefined && steps >= deed.at + (deed.times ?? 1) - 1 && marked.size === 0;

const kill = (): true => {
  process.kill(pid, "SIGKILL");
  return true;
};

for (const tid of readdirSync(`/proc/${pid}/task`)) seize(Number(tid));
if (order.gate !== undefined) writeSync(openSync(order.gate, "r+"), "go\n"); // stays open until it has been read
say({ tracing: pid });

followSyscalls((stop) => {
  if (stop.is === "exit") {
    if (!marked.delete(stop.tid) || !deed) return false;
    if (deed.what === "kill after") return kill();
    answer(stop.tid, -(constants.errno[deed.what as "EIO"] ?? 5));
    return isOver();
  }
  const step = read(stop.number, stop.args);
  if (!step || (wanted && !wanted.test(`${step.call} ${step.path}`))) return false;
  steps++;
  say({ step: steps, ...step });
  if (!deed || steps < deed.at || steps >= deed.at + (deed.times ?? 1)) return false;
  if (deed.what === "kill before") return kill();
  marked.add(stop.tid);
  if (deed.what !== "kill after") skip(stop.tid);
  return false;
});
