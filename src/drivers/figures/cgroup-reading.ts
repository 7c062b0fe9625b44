/** One cgroup, read at one moment: the same figures from either version of cgroups. */
import type { CgroupFigures, MemoryFigures, SwapFigures, WallNs } from "../../vocabulary/index.ts";
import type { Controller } from "./cgroup-directories.ts";
import { countOf, numberIn, pressureIn, valueOf } from "./tables.ts";

/** The text of a file of the cgroup; absent: it is not there. */
export type ReadFile = (controller: Controller, name: string) => string | undefined;

/** Without `nanoCores`, for which another reading is needed. */
export const readCgroup = (version: 1 | 2, read: ReadFile, atNs: WallNs): CgroupFigures => {
  const { usageNs, memory, swap } = version === 2 ? readUnified(read, atNs) : readLegacy(read, atNs);
  // Of the two, v2 alone has pressures: on v1 these files are not there, and not asked for.
  const pressureOf = (name: string) => (version === 2 ? pressureIn(read("cpu", name)) : undefined);
  const [cpuPressure, memoryPressure, ioPressure] = ["cpu", "memory", "io"].map((kind) =>
    pressureOf(`${kind}.pressure`),
  );
  const tasks = numberIn(read("pids", "pids.current"));
  return {
    ...(usageNs !== undefined && { cpu: { atNs, usageNs, ...(cpuPressure && { pressure: cpuPressure }) } }),
    ...(memory && { memory: { ...memory, ...(memoryPressure && { pressure: memoryPressure }) } }),
    ...(swap && { swap }),
    ...(ioPressure && { io: { atNs, pressure: ioPressure } }),
    ...(tasks !== undefined && { tasks: { atNs, count: tasks } }),
  };
};

interface Reading {
  readonly usageNs: number | undefined;
  readonly memory: MemoryFigures | undefined;
  readonly swap: SwapFigures | undefined;
}

const readUnified = (read: ReadFile, atNs: WallNs): Reading => {
  const usec = valueOf(read("cpu", "cpu.stat") ?? "", "usage_usec");
  const usage = numberIn(read("memory", "memory.current"));
  const swapUsage = numberIn(read("memory", "memory.swap.current"));
  const stat = usage === undefined ? "" : (read("memory", "memory.stat") ?? "");
  const limit = usage === undefined ? undefined : numberIn(read("memory", "memory.max"));
  const swapLimit = swapUsage === undefined ? undefined : numberIn(read("memory", "memory.swap.max"));
  return {
    usageNs: usec === undefined ? undefined : usec * 1000,
    memory: usage === undefined ? undefined : memoryFrom({ atNs, usage, limit, stat, prefix: "", rss: "anon" }),
    swap: swapUsage === undefined ? undefined : swapFrom(atNs, swapUsage, swapLimit),
  };
};

/** Lines that begin with `total_` have the descendants' in them, as all of v2 have. */
const readLegacy = (read: ReadFile, atNs: WallNs): Reading => {
  const usage = numberIn(read("memory", "memory.usage_in_bytes"));
  const stat = usage === undefined ? "" : (read("memory", "memory.stat") ?? "");
  const swapUsage = valueOf(stat, "total_swap");
  const limit = usage === undefined ? undefined : numberIn(read("memory", "memory.limit_in_bytes"));
  const both = swapUsage === undefined ? undefined : numberIn(read("memory", "memory.memsw.limit_in_bytes"));
  const swapLimit = both === undefined || limit === undefined ? undefined : both - limit;
  return {
    usageNs: numberIn(read("cpuacct", "cpuacct.usage")),
    memory:
      usage === undefined ? undefined : memoryFrom({ atNs, usage, limit, stat, prefix: "total_", rss: "total_rss" }),
    swap: swapUsage === undefined ? undefined : swapFrom(atNs, swapUsage, swapLimit),
  };
};

interface MemoryText {
  readonly atNs: WallNs;
  readonly usage: number;
  readonly limit: number | undefined;
  readonly stat: string;
  readonly prefix: string;
  readonly rss: string;
}

const memoryFrom = ({ atNs, usage, limit, stat, prefix, rss }: MemoryText): MemoryFigures => {
  const workingSetBytes = Math.max(0, usage - countOf(stat, `${prefix}inactive_file`));
  return {
    atNs,
    usageBytes: usage,
    workingSetBytes,
    ...(limit !== undefined && { availableBytes: Math.max(0, limit - workingSetBytes) }),
    rssBytes: countOf(stat, rss),
    pageFaults: countOf(stat, `${prefix}pgfault`),
    majorPageFaults: countOf(stat, `${prefix}pgmajfault`),
  };
};

const swapFrom = (atNs: WallNs, usage: number, limit: number | undefined): SwapFigures => ({
  atNs,
  usageBytes: usage,
  ...(limit !== undefined && { availableBytes: Math.max(0, limit - usage) }),
});
