/** The real drivers of one daemon, as `parts-of-node.ts` makes them from settings. */
import type { InfraBundles } from "../drivers/oci/infra-bundle.ts";
import type { Bundles } from "../drivers/oci/bundle.ts";
import type { OciRuntime, UnusableRuntime } from "../drivers/oci/runtime.ts";
import type { Cgroups } from "../drivers/cgroup/cgroups.ts";
import type { ExecOutputs } from "../drivers/execs/exec-outputs.ts";
import type { JoinedStreams } from "../drivers/execs/joined-streams.ts";
import type { Figures } from "../drivers/figures/figures.ts";
import type { Images } from "../drivers/images/images.ts";
import type { Monitor } from "../drivers/monitor/monitor.ts";
import type { Network } from "../drivers/cni/network.ts";
import type { Permits } from "../drivers/permits/permits.ts";
import type { SandboxDirectory, SandboxNamespaces } from "../drivers/namespaces/sandbox-namespaces.ts";
import type { Rootfs } from "../drivers/storage/rootfs.ts";
import type { DurableStore } from "../drivers/records/durable.ts";
import type { RunStore } from "../drivers/records/run-store.ts";
import type { Init } from "../machines/container-recovery.ts";
import type { MonoMs, WallNs } from "../vocabulary/index.ts";

export interface Clock {
  monoMs(): MonoMs;
  wallMs(): number;
  wallNs(): WallNs;
}

/** Processes of this host; one is named by its pid and its start time, for pids are used again. */
export interface Processes {
  lives(name: Init): boolean;
  /** Kills it with the processes of its group; one that is gone is fine. */
  killGroup(name: Init): void;
}

export interface Parts {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly monitor: Monitor;
  readonly runtimes: ReadonlyMap<string, OciRuntime>;
  readonly unusable: readonly UnusableRuntime[];
  /** Why this host has no user namespaces for pods; absent: it has. */
  readonly noUserNamespaces?: string | undefined;
  readonly bundles: Bundles;
  readonly infraBundles: InfraBundles;
  readonly cgroups: Cgroups;
  readonly network: Network;
  readonly namespaces: SandboxNamespaces;
  readonly directory: SandboxDirectory;
  readonly rootfs: Rootfs;
  readonly permits: Permits;
  readonly images: Images;
  readonly execs: ExecOutputs;
  readonly streams: JoinedStreams;
  readonly figures: Figures;
  readonly runStore: RunStore;
  readonly durable: DurableStore;
}
