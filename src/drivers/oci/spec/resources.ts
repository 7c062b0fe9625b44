/** Cgroup limits of a container: CRI's, as far as this host's controllers go. 0 and "" mean "not given" and are left out. */
import { Invalid } from "../../../errors.ts";
import type { Resources } from "../../../vocabulary/index.ts";
import type { CgroupAbilities } from "../host.ts";
import type { DeviceRule, SpecResources } from "./runtime-spec.ts";

export interface LimitedResources {
  readonly resources: SpecResources;
  readonly warnings: readonly string[];
}

/** `pidsLimit` 0: without bound. Throws Invalid for unified keys where there is no v2, or that are no file names. */
export const resources = (
  wanted: Resources,
  devices: readonly DeviceRule[],
  pidsLimit: number,
  cgroup: CgroupAbilities,
): LimitedResources => {
  const huge = hugepages(wanted, cgroup);
  return {
    resources: {
      devices,
      memory: memory(wanted, cgroup),
      cpu: {
        shares: wanted.cpuShares || undefined,
        quota: wanted.cpuQuota || undefined,
        period: wanted.cpuPeriod || undefined,
        cpus: wanted.cpusetCpus || undefined,
        mems: wanted.cpusetMems || undefined,
      },
      pids: pids(pidsLimit, cgroup),
      hugepageLimits: huge.limits.length > 0 ? huge.limits : undefined,
      unified: unified(wanted, cgroup),
    },
    warnings: huge.warnings,
  };
};

/** runtime-spec counts memory and swap together: without a word of CRI the limit is both, which means no swap. */
const memory = ({ memoryLimitBytes: limit, memorySwapLimitBytes: swap }: Resources, cgroup: CgroupAbilities) => ({
  limit: limit || undefined,
  swap: (cgroup.swap && (swap || limit)) || undefined,
});

/** The most that a 64-bit kernel can have (PID_MAX_LIMIT). -1 would say the same, but crun hands it to pids.max as it is. */
const NO_BOUND = 4_194_304;

/** That there is no bound has to be said: systemd gives a scope one of its own, 15 % of what the kernel can have. */
const pids = (limit: number, { controllers }: CgroupAbilities): SpecResources["pids"] => {
  if (limit > 0) return { limit };
  return controllers.has("pids") ? { limit: NO_BOUND } : undefined;
};

/** The kubelet sends a limit for every page size of the node, 0 where none was asked: both runtimes fail without the controller. */
const hugepages = ({ hugepageLimits }: Resources, { controllers }: CgroupAbilities) => {
  if (controllers.has("hugetlb")) return { limits: hugepageLimits, warnings: [] };
  const lost = hugepageLimits.filter(({ limit }) => limit > 0).map(({ pageSize }) => pageSize);
  if (lost.length === 0) return { limits: [], warnings: [] };
  return {
    limits: [],
    warnings: [`hugepages of ${lost.join(", ")} are not limited: this host has no hugetlb controller`],
  };
};

/** As many names as a sentence takes. */
const few = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

const unified = ({ unified }: Resources, { layout }: CgroupAbilities): SpecResources["unified"] => {
  const keys = Object.keys(unified);
  if (keys.length === 0) return undefined;
  if (layout !== "v2") throw new Invalid(`unified resources (${few(keys)}) need cgroup v2; this host has ${layout}`);
  const bad = keys.find((key) => !/^[a-z][a-z0-9_]*\.[a-z0-9_.]+$/i.test(key));
  if (bad !== undefined) throw new Invalid(`unified resource "${bad}" is not the name of a cgroup file`);
  return unified;
};
