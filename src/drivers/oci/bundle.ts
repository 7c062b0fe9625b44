/**
 * The OCI bundle of a container: a directory with config.json, from a CRI configuration. `bundle-directory.ts` is the real one;
 * `spec/` makes what it writes, a file for each part of the runtime-spec.
 */
import type {
  ContainerConfig,
  ContainerId,
  ImageConfig,
  Resources,
  SandboxConfig,
  SandboxId,
} from "../../vocabulary/index.ts";
import type { CompiledFilters } from "./compiled-filters.ts";
import type { RuntimeFeatures } from "./runtime.ts";
import type { ResourceUpdate, Undo } from "./spec/resource-update.ts";
import type { LabelledRequest } from "./spec/selinux.ts";

/** Files of the sandbox that each of its containers gets, unless the pod mounts there. */
export interface SandboxFiles {
  readonly hostname: string;
  readonly resolvConf: string;
  readonly hosts: string;
  readonly shm: string;
}

/** Pins of the sandbox's namespaces; absent: the host's. */
export interface NamespacePaths {
  readonly network?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly user?: string;
  /** The process namespace to be joined: the pod's, or that of the target container. */
  readonly pid?: string;
}

export interface BundleRequest {
  readonly id: ContainerId;
  readonly sandboxId: SandboxId;
  /** The runtime handler's name: the operator may have rules for it. */
  readonly handler: string;
  readonly config: ContainerConfig;
  readonly sandbox: SandboxConfig;
  readonly image: ImageConfig;
  /** The mounted root filesystem. */
  readonly rootfs: string;
  /** Where the images of its image volumes are mounted, in the order of its mounts. */
  readonly imageVolumes?: readonly string[];
  readonly namespaces: NamespacePaths;
  readonly files: SandboxFiles;
  readonly hostname: string;
  /** runtime-spec cgroupsPath, in the form of the cgroup driver. */
  readonly cgroupsPath: string;
  /** Of the OCI runtime that will run it: what it would ignore in silence is refused here. */
  readonly features: RuntimeFeatures;
  /** Of the same runtime: `OciRuntime.filters`. */
  readonly filters?: CompiledFilters | undefined;
}

export interface Bundle {
  readonly path: string;
  /** Where this host could not give all that was asked, in sentences for the container's status. */
  readonly warnings: readonly string[];
  /** `groups` begins with the primary one, as CRI's status has it. */
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly stopSignal: number;
}

export interface Bundles {
  /** What files of this container are labelled with for SELinux; undefined where it is off, or not for this container. */
  fileLabel(request: LabelledRequest): string | undefined;
  /**
   * Writes it anew. Throws Invalid with a sentence where the configuration can never work, Failed and Overdue for host
   * paths that cannot be had.
   */
  write(request: BundleRequest): Promise<Bundle>;
  /** What the OCI runtime is given to put these limits into force; throws Invalid for what this host cannot have. */
  limits(wanted: Resources): ResourceUpdate;
  /** What it is given to go back from `wanted`, whatever part of it is in force. */
  limitsBefore(before: Resources, wanted: Resources): Undo;
  /** The process of an exec in this container: its environment, user, capabilities, directory. Answers the file's path. */
  writeProcess(id: ContainerId, execId: string, command: readonly string[], tty?: boolean): Promise<string>;
  /** With what the OCI runtime wrote about it; what is not there is fine. */
  removeProcess(id: ContainerId, execId: string): Promise<void>;
  /** A bundle that is not there is fine. */
  remove(id: ContainerId): Promise<void>;
}
