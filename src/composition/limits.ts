/** Whether limits can be had, before anything is changed; what the kernel says of them now is what to go back to. */
import { NotAllowed } from "../errors.ts";
import type { Services } from "../supervisors/services.ts";
import type { Parts } from "./parts.ts";

export const checkLimits =
  ({ bundles, cgroups }: Parts): Services["checkLimits"] =>
  ({ id, cgroupParent, config: { name } }, now, wanted) => {
    bundles.limits(wanted);
    const { memoryBytes = 0, cpus = "", mems = "" } = cgroups.inForce(cgroups.cgroupsPath(cgroupParent, id));
    const { memoryLimitBytes: limit } = wanted;
    if (limit > 0 && limit < memoryBytes && limit !== now.memoryLimitBytes)
      throw new NotAllowed(
        `container ${name} uses ${memoryBytes} bytes of memory, more than the ${limit} that it is to have: the kernel would kill it`,
      );
    return { ...now, cpusetCpus: now.cpusetCpus || cpus, cpusetMems: now.cpusetMems || mems };
  };
