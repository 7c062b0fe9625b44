/** The namespaces of a sandbox, pinned as files so that they live without a process, and the sandbox's own files. */
import type { DnsConfig, IdMappings, Owner, SandboxId } from "../../vocabulary/index.ts";

export interface PinRequest {
  readonly id: SandboxId;
  /** False: host network; nothing of the network is made. */
  readonly network: boolean;
  readonly ipc: boolean;
  /** Absent: the host's UTS namespace. */
  readonly hostname?: string;
  readonly sysctls: Readonly<Record<string, string>>;
  /** Of a user namespace of its own, to which the others belong; absent: the host's. */
  readonly userNamespace?: IdMappings;
}

export interface Pins {
  readonly network?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly user?: string;
}

export interface SandboxNamespaces {
  /** Makes and pins the namespaces, `lo` up, hostname and sysctls set. Repeating it for the same id makes nothing twice. */
  pin(request: PinRequest): Promise<Pins>;
  /** Unpins and unlinks; what is not there is fine. */
  unpin(id: SandboxId): Promise<void>;
  /** The pins that are there and are namespaces (nsfs), by the names that `pin` would use. */
  pinned(id: SandboxId): Pins;
}

export interface SandboxFilesRequest {
  readonly id: SandboxId;
  readonly hostname: string;
  /** Absent: the host's resolv.conf is copied. */
  readonly dns?: DnsConfig;
  /** False: host IPC, and the host's /dev/shm. */
  readonly ownShm: boolean;
  /** A Kubernetes quantity of bytes, `1Gi`; absent: 64 MiB. */
  readonly shmSize?: string;
  /** Root of the pod's own user namespace, as the host knows it; absent: root. */
  readonly owner?: Owner;
}

export interface SandboxDirectory {
  /** Writes hostname, resolv.conf and hosts, mounts a tmpfs for /dev/shm. Idempotent. */
  prepare(request: SandboxFilesRequest): Promise<void>;
  /** Unmounts and deletes; what is not there is fine. */
  remove(id: SandboxId): Promise<void>;
  paths(
    id: SandboxId,
    ownShm: boolean,
  ): { readonly hostname: string; readonly resolvConf: string; readonly hosts: string; readonly shm: string };
}
