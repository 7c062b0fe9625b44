/** What only metrics tell of a container: read anew each time, from files that nobody keeps open. */
import { readFileSync } from "node:fs";
import type { ContainerDetails } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import type { CgroupDirectories } from "./cgroup-directories.ts";
import type { ReadFile } from "./cgroup-reading.ts";
import { devicesIn, legacyDevicesIn } from "./devices.ts";
import { pageSizes } from "./page-sizes.ts";
import { readProcesses } from "./processes.ts";
import { countOf, numberIn, valueOf } from "./tables.ts";

/** Absent: no such file, or its cgroup is gone. */
const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "EOPNOTSUPP")) return undefined;
    throw error;
  }
};

export const readDetails = ({ version, of }: CgroupDirectories, pid: number): ContainerDetails => {
  const read: ReadFile = (controller, name) => {
    const directory = of(controller);
    return directory === undefined ? undefined : textOf(`${directory}/${name}`);
  };
  const processes = readProcesses(of(version === 2 ? "cpu" : "pids"), pid);
  const tasksMax = read("pids", "pids.max");
  return {
    ...(version === 2 ? unified(read) : legacy(read)),
    ...(processes && { processes }),
    ...(tasksMax !== undefined && { tasksLimit: numberIn(tasksMax) ?? 0 }),
  };
};

type OfVersion = Omit<ContainerDetails, "processes" | "tasksLimit">;

/** Keys without a value are left out. */
const known = <Key extends string>(
  values: Readonly<Record<Key, number | undefined>>,
): { readonly [K in Key]?: number } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in Key]?: number };

const inNs = (usec: number | undefined): number | undefined => (usec === undefined ? undefined : usec * 1000);

const unified = (read: ReadFile): OfVersion => {
  const cpu = read("cpu", "cpu.stat");
  const memory = read("memory", "memory.stat");
  const events = read("memory", "memory.events") ?? "";
  return {
    ...(cpu !== undefined && {
      cpu: {
        userNs: countOf(cpu, "user_usec") * 1000,
        systemNs: countOf(cpu, "system_usec") * 1000,
        ...known({
          periods: valueOf(cpu, "nr_periods"),
          throttledPeriods: valueOf(cpu, "nr_throttled"),
          throttledNs: inNs(valueOf(cpu, "throttled_usec")),
        }),
      },
    }),
    ...(memory !== undefined && {
      memory: {
        cacheBytes: countOf(memory, "file"),
        mappedBytes: countOf(memory, "file_mapped"),
        swapBytes: numberIn(read("memory", "memory.swap.current")) ?? 0,
        ...known({
          kernelBytes: valueOf(memory, "kernel"),
          mostUsedBytes: numberIn(read("memory", "memory.peak")),
          limitHits: valueOf(events, "max"),
        }),
        ownPageFaults: countOf(memory, "pgfault"),
        ownMajorPageFaults: countOf(memory, "pgmajfault"),
      },
    }),
    devices: devicesIn(read("blkio", "io.stat") ?? ""),
    hugePages: pageSizes().flatMap((pageSize) => {
      const usedBytes = numberIn(read("hugetlb", `hugetlb.${pageSize}.current`));
      return usedBytes === undefined ? [] : [{ pageSize, usedBytes }];
    }),
    ...known({ oomKills: valueOf(events, "oom_kill") }),
  };
};

const legacy = (read: ReadFile): OfVersion => {
  const cpu = read("cpu", "cpu.stat") ?? "";
  const userNs = numberIn(read("cpuacct", "cpuacct.usage_user"));
  const memory = read("memory", "memory.stat");
  return {
    ...(userNs !== undefined && {
      cpu: {
        userNs,
        systemNs: numberIn(read("cpuacct", "cpuacct.usage_sys")) ?? 0,
        ...known({
          periods: valueOf(cpu, "nr_periods"),
          throttledPeriods: valueOf(cpu, "nr_throttled"),
          throttledNs: valueOf(cpu, "throttled_time"),
        }),
      },
    }),
    ...(memory !== undefined && {
      memory: {
        cacheBytes: countOf(memory, "total_cache"),
        mappedBytes: countOf(memory, "total_mapped_file"),
        swapBytes: countOf(memory, "total_swap"),
        ...known({
          kernelBytes: numberIn(read("memory", "memory.kmem.usage_in_bytes")),
          mostUsedBytes: numberIn(read("memory", "memory.max_usage_in_bytes")),
          limitHits: numberIn(read("memory", "memory.failcnt")),
        }),
        ownPageFaults: countOf(memory, "pgfault"),
        ownMajorPageFaults: countOf(memory, "pgmajfault"),
      },
    }),
    devices: legacyDevicesIn(
      read("blkio", "blkio.throttle.io_service_bytes_recursive") ?? "",
      read("blkio", "blkio.throttle.io_serviced_recursive") ?? "",
    ),
    hugePages: pageSizes().flatMap((pageSize) => {
      const usedBytes = numberIn(read("hugetlb", `hugetlb.${pageSize}.usage_in_bytes`));
      const mostUsedBytes = numberIn(read("hugetlb", `hugetlb.${pageSize}.max_usage_in_bytes`));
      return usedBytes === undefined ? [] : [{ pageSize, usedBytes, ...known({ mostUsedBytes }) }];
    }),
    ...known({ oomKills: valueOf(read("memory", "memory.oom_control") ?? "", "oom_kill") }),
  };
};
