/** The OCI bundle of a container: a directory with config.json, from a CRI configuration. `spec.ts` writes it. */
import type { ContainerConfig, ContainerId, ImageConfig, SandboxConfig, SandboxId } from "../../vocabulary/index.ts";

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
}

export interface BundleRequest {
  readonly id: ContainerId;
  readonly sandboxId: SandboxId;
  readonly config: ContainerConfig;
  readonly sandbox: SandboxConfig;
  readonly image: ImageConfig;
  /** The mounted root filesystem. */
  readonly rootfs: string;
  readonly namespaces: NamespacePaths;
  readonly files: SandboxFiles;
  readonly hostname: string;
  /** runtime-spec cgroupsPath, in the form of the cgroup driver. */
  readonly cgroupsPath: string;
}

export interface Bundle {
  readonly path: string;
  /** Where this host could not give all that was asked, in sentences for the container's status. */
  readonly warnings: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly stopSignal: number;
}

export interface Bundles {
  /** Throws Invalid with a sentence where the configuration can never work. */
  write(request: BundleRequest): Promise<Bundle>;
  /** process.json for an exec in this container: its environment, user, capabilities, directory. Answers the path. */
  writeProcess(id: ContainerId, execId: string, command: readonly string[]): Promise<string>;
  removeProcess(id: ContainerId, execId: string): Promise<void>;
  /** A bundle that is not there is fine. */
  remove(id: ContainerId): Promise<void>;
}
