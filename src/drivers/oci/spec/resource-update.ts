/**
 * What an OCI runtime's `update` is given: limits as given, and, to take an update back, what the kernel has where nothing was
 * given. Devices, hugepages and the bound of processes stay as they were made: an update does not speak of them.
 */
import type { Resources } from "../../../vocabulary/index.ts";
import type { CgroupAbilities } from "../host.ts";
import { resources } from "./resources.ts";
import type { SpecResources } from "./runtime-spec.ts";

export type ResourceUpdate = Pick<SpecResources, "memory" | "cpu" | "unified">;

export interface Undo {
  readonly update: ResourceUpdate;
  /** Files of the cgroup that the update may have changed, and of which nobody knows how they were. */
  readonly beyond: readonly string[];
}

/** Throws Invalid as `resources` does. */
export const updateOf = (wanted: Resources, cgroup: CgroupAbilities): ResourceUpdate => {
  const { memory, cpu, unified } = resources(wanted, [], 0, cgroup).resources;
  return { memory, cpu, unified };
};

/** From `wanted`, which may be in force in part, back to `before`, which has the kernel's own CPU sets where none were given. */
export const undoOf = (before: Resources, wanted: Resources, cgroup: CgroupAbilities): Undo => {
  const { memory, cpu, unified } = updateOf(before, cgroup);
  const isV2 = cgroup.layout === "v2";
  const lost = (given: string | number, was: string | number | undefined): boolean =>
    Boolean(given) && was === undefined;
  const unlimited = lost(wanted.memoryLimitBytes, memory?.limit);
  const noWeight = lost(wanted.cpuShares, cpu?.shares);
  // Shares that mean the kernel's own weight differ from runtime to runtime: on v2 the weight itself is said.
  const weight = noWeight && isV2 ? { "cpu.weight": "100" } : {};
  const files = { ...weight, ...unified };
  const update: ResourceUpdate = {
    memory: unlimited ? { limit: -1, swap: cgroup.swap ? -1 : undefined } : memory,
    cpu: {
      ...cpu,
      ...(lost(wanted.cpuQuota, cpu?.quota) && { quota: -1 }),
      ...(lost(wanted.cpuPeriod, cpu?.period) && { period: 100_000 }),
      ...(noWeight && !isV2 && { shares: 1024 }),
    },
    unified: Object.keys(files).length > 0 ? files : undefined,
  };
  const beyond = Object.keys(wanted.unified).filter((name) => unified?.[name] === undefined);
  return { update, beyond };
};
