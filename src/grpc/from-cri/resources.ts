/** LinuxContainerResources in Troupe's words. Zero and empty mean "not given" on both sides. */
import { Invalid } from "../../errors.ts";
import type { PodSums, Resources } from "../../vocabulary/index.ts";
import type { LinuxContainerResources } from "../messages/container-config.ts";
import { integer, noNul, quoted } from "./field.ts";

const none: Resources = {
  cpuPeriod: 0,
  cpuQuota: 0,
  cpuShares: 0,
  memoryLimitBytes: 0,
  memorySwapLimitBytes: 0,
  oomScoreAdj: 0,
  cpusetCpus: "",
  cpusetMems: "",
  hugepageLimits: [],
  unified: {},
};

/** -1 means unlimited where Linux has it so. */
export const resources = (field: string, message: LinuxContainerResources | null): Resources => {
  if (message === null) return none;
  return {
    cpuPeriod: integer(`${field}.cpu_period`, message.cpu_period, 0),
    cpuQuota: integer(`${field}.cpu_quota`, message.cpu_quota, -1),
    cpuShares: integer(`${field}.cpu_shares`, message.cpu_shares, 0),
    memoryLimitBytes: integer(`${field}.memory_limit_in_bytes`, message.memory_limit_in_bytes, -1),
    memorySwapLimitBytes: integer(`${field}.memory_swap_limit_in_bytes`, message.memory_swap_limit_in_bytes, -1),
    oomScoreAdj: integer(`${field}.oom_score_adj`, message.oom_score_adj, -1000, 1000),
    cpusetCpus: cpuset(`${field}.cpuset_cpus`, message.cpuset_cpus),
    cpusetMems: cpuset(`${field}.cpuset_mems`, message.cpuset_mems),
    hugepageLimits: message.hugepage_limits.map(({ page_size, limit }, n) => ({
      pageSize: pageSize(`${field}.hugepage_limits[${n}].page_size`, page_size),
      limit: integer(`${field}.hugepage_limits[${n}].limit`, limit, 0),
    })),
    unified: unified(`${field}.unified`, message.unified),
  };
};

/** `prefix`: of the fields' names. */
export const podSums = (
  prefix: string,
  message: { readonly overhead: LinuxContainerResources | null; readonly resources: LinuxContainerResources | null },
): PodSums => ({
  ...(message.overhead && { overhead: resources(`${prefix}overhead`, message.overhead) }),
  ...(message.resources && { resources: resources(`${prefix}resources`, message.resources) }),
});

const cpuset = (field: string, list: string): string => {
  if (!/^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/.test(list))
    throw new Invalid(`${field} is ${quoted(list)}, which is no list like 0-3,7`);
  return list;
};

const pageSize = (field: string, size: string): string => {
  if (!/^\d+[KMG]B$/.test(size)) throw new Invalid(`${field} is ${quoted(size)}, which is no size like 2MB`);
  return size;
};

// The keys are names of files in the container's cgroup directory.
const unified = (field: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  for (const [name, value] of Object.entries(files)) {
    if (!/^[\w.-]+$/.test(name) || name.includes(".."))
      throw new Invalid(`${field} has the key ${quoted(name)}, which is no cgroup file like memory.high`);
    noNul(`${field}[${quoted(name)}]`, value);
  }
  return files;
};
