/**
 * CPU time of whatever a system does. One system is asked at a time, so it is what the test node's cgroup used meanwhile, less
 * what this driver used itself: daemon, shims, OCI runtimes, CNI plugins and containers alike.
 */
import { existsSync, readFileSync } from "node:fs";

const v1 = ["/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage"].find(existsSync);

const nodeMs = (): number => {
  if (v1 !== undefined) return Number(readFileSync(v1, "utf8")) / 1e6;
  const usage = /^usage_usec (\d+)$/m.exec(readFileSync("/sys/fs/cgroup/cpu.stat", "utf8"))?.[1];
  return Number(usage ?? Number.NaN) / 1e3;
};

const ownMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

/** Starts counting; the answer tells how many CPU milliseconds there were since. */
export const countCpu = (): (() => number) => {
  const begun = nodeMs() - ownMs();
  return () => nodeMs() - ownMs() - begun;
};

/** USER_HZ of every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Starts counting what the whole machine does; the answer: seconds, and the shares of its CPUs' time that others took. */
export const watchMachine = (): (() => { seconds: number; others: number; stolen: number }) => {
  const look = () => {
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (
      /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? ""
    )
      .split(" ")
      .map((ticks) => (Number(ticks) / ticksPerSecond) * 1e3);
    const busy = user + nice + system + irq + softirq;
    return { at: performance.now(), all: busy + idle + iowait + steal, busy, steal, node: nodeMs() };
  };
  const begun = look();
  return () => {
    const now = look();
    const all = now.all - begun.all;
    return {
      seconds: (now.at - begun.at) / 1e3,
      others: Math.max(0, (now.busy - begun.busy - (now.node - begun.node)) / all),
      stolen: (now.steal - begun.steal) / all,
    };
  };
};
