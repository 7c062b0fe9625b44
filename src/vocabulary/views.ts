/**
 * What readers see of sandboxes and containers: immutable, one new object at each commit of a record, never a state
 * that is not yet committed. List and Status answer from these alone.
 */
import type { ContainerConfig, PodSums, Resources, SandboxConfig } from "./configs.ts";
import type { Exit } from "./exit.ts";
import type { ContainerId, ImageId, SandboxId } from "./ids.ts";
import type { WallNs } from "./time.ts";

export interface SandboxView {
  readonly id: SandboxId;
  readonly ready: boolean;
  readonly createdAt: WallNs;
  readonly config: SandboxConfig;
  /** The runtime handler as the kubelet named it: "" is the default one. */
  readonly handler: string;
  /** The primary address first; empty for host network. */
  readonly ips: readonly string[];
  /** The machine's state path, for people: `stopping.detaching`. */
  readonly lifecycle: string;
  readonly namespacePaths: Readonly<Record<string, string>>;
  readonly sums: PodSums;
  /** Of the pod's infra process, where it has one that lives. */
  readonly pid?: number;
}

export interface ContainerView {
  readonly id: ContainerId;
  readonly sandboxId: SandboxId;
  readonly config: ContainerConfig;
  readonly state: "created" | "running" | "exited" | "unknown";
  readonly createdAt: WallNs;
  /** Absent until it was started. */
  readonly startedAt?: WallNs;
  readonly finishedAt?: WallNs;
  readonly exit?: Exit;
  /** CRI: Completed, Error, OOMKilled, StartError, Unknown; "" while it lives. */
  readonly reason: string;
  readonly message: string;
  readonly imageId: ImageId;
  /** `repository@sha256:…` where known, else the image id. */
  readonly imageRef: string;
  /** Of the images that it has as volumes, by what its configuration calls them. */
  readonly volumeImages?: Readonly<Record<string, ImageId>>;
  /** Absolute, or "" without a log. */
  readonly logPath: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  /** Linux signal number that StopContainer sends first. */
  readonly stopSignal: number;
  readonly pid?: number;
  readonly warnings: readonly string[];
  /** As given, and in force: the configuration's, or those of updates since. */
  readonly resources: Resources;
  readonly lifecycle: string;
}
