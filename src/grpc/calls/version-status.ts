/** Who the runtime is, and whether it is ready. */
import type { Runtime } from "../../supervisors/runtime.ts";
import { cgroupDrivers, runtimeStatus } from "../to-cri/runtime-status.ts";
import type { Calls } from "./index.ts";

export interface RuntimeIdentity {
  /** Becomes the scheme of container ids in the API; mostly `troupe`. */
  readonly name: string;
  /** A semantic version. */
  readonly version: string;
}

type OwnCalls = Pick<Calls, "Version" | "Status" | "RuntimeConfig" | "UpdateRuntimeConfig">;

export const versionStatusCalls = (runtime: Runtime, { name, version }: RuntimeIdentity): OwnCalls => ({
  // 0.1.0 is the version of the kubelet's runtime API, which it compares; not ours.
  Version: () => ({ version: "0.1.0", runtime_name: name, runtime_version: version, runtime_api_version: "v1" }),
  Status: ({ verbose }) => runtimeStatus(runtime, verbose),
  RuntimeConfig: () => ({ linux: { cgroup_driver: cgroupDrivers[runtime.cgroupDriver()] } }),
  // The pod CIDR is for runtimes that write CNI configurations; ours come from the network's own agent.
  UpdateRuntimeConfig: () => ({}),
});
