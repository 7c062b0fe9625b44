/** Messages of proto/cri.proto, chapter "sandbox", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ContainerStatus } from "./container.ts";
import type { LinuxContainerResources } from "./container-config.ts";
import type { LinuxSandboxSecurityContext, NamespaceOption } from "./security.ts";
import type { WindowsPodSandboxConfig } from "./windows.ts";

/** Together the name of a sandbox: no two live ones share all four. */
export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  /** Counted by the client each time it replaces the pod's sandbox. */
  readonly attempt: number;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata | null;
  /** Empty for the host network. */
  readonly hostname: string;
  /** Absolute; containers' log paths are relative to it. */
  readonly log_directory: string;
  readonly dns_config: DNSConfig | null;
  readonly port_mappings: readonly PortMapping[];
  /** Returned unchanged. */
  readonly labels: Readonly<Record<string, string>>;
  /** Returned unchanged. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: LinuxPodSandboxConfig | null;
  readonly windows: WindowsPodSandboxConfig | null;
}

export interface LinuxPodSandboxConfig {
  /** In the form of the cgroup driver: a path, or a slice. */
  readonly cgroup_parent: string;
  readonly security_context: LinuxSandboxSecurityContext | null;
  /** Names with dots. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Sums for runtimes that need them; the pod cgroup is the client's. */
  readonly overhead: LinuxContainerResources | null;
  readonly resources: LinuxContainerResources | null;
}

export interface DNSConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: Protocol;
  readonly container_port: number;
  /** 0: no mapping. */
  readonly host_port: number;
  /** Empty: all addresses. */
  readonly host_ip: string;
}

export const Protocol = {
  TCP: 0,
  UDP: 1,
  SCTP: 2,
} as const;

/** A number of Protocol, or one of a newer client. */
export type Protocol = number;

export interface RunPodSandboxRequest {
  readonly config: PodSandboxConfig | null;
  /** Empty: the default. An unknown one is an error. */
  readonly runtime_handler: string;
}

export interface RunPodSandboxResponse {
  readonly pod_sandbox_id: string;
}

/** Idempotent; an unknown id is fine. */
export interface StopPodSandboxRequest {
  readonly pod_sandbox_id: string;
}

export type StopPodSandboxResponse = Record<string, never>;

/** Idempotent; an unknown id is fine. What still runs in it is killed. */
export interface RemovePodSandboxRequest {
  readonly pod_sandbox_id: string;
}

export type RemovePodSandboxResponse = Record<string, never>;

export interface PodSandboxStatusRequest {
  readonly pod_sandbox_id: string;
  readonly verbose: boolean;
}

export interface PodSandboxStatusResponse {
  readonly status: PodSandboxStatus | null;
  readonly info: Readonly<Record<string, string>>;
  /** Filled together with timestamp, or not at all. */
  readonly containers_statuses: readonly ContainerStatus[];
  readonly timestamp: Int64;
}

export interface PodSandboxStatus {
  readonly id: string;
  readonly metadata: PodSandboxMetadata | null;
  readonly state: PodSandboxState;
  /** Nanoseconds since 1970. */
  readonly created_at: Int64;
  readonly network: PodSandboxNetworkStatus | null;
  readonly linux: LinuxPodSandboxStatus | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtime_handler: string;
}

export const PodSandboxState = {
  SANDBOX_READY: 0,
  SANDBOX_NOTREADY: 1,
} as const;

/** A number of PodSandboxState, or one of a newer client. */
export type PodSandboxState = number;

/** Present with an empty ip for the host network. */
export interface PodSandboxNetworkStatus {
  readonly ip: string;
  /** The others, without the primary one. */
  readonly additional_ips: readonly PodIP[];
}

export interface PodIP {
  readonly ip: string;
}

/** Unset reads as a pod network. */
export interface LinuxPodSandboxStatus {
  readonly namespaces: Namespace | null;
}

/** Field 1 named paths once. */
export interface Namespace {
  readonly options: NamespaceOption | null;
}

export interface ListPodSandboxRequest {
  readonly filter: PodSandboxFilter | null;
}

export interface ListPodSandboxResponse {
  readonly items: readonly PodSandbox[];
}

export interface StreamPodSandboxesRequest {
  readonly filter: PodSandboxFilter | null;
}

export interface StreamPodSandboxesResponse {
  readonly pod_sandboxes: readonly PodSandbox[];
}

/** All that is given must match. */
export interface PodSandboxFilter {
  /** May be a prefix. */
  readonly id: string;
  readonly state: PodSandboxStateValue | null;
  /** Exact matches. */
  readonly label_selector: Readonly<Record<string, string>>;
}

export interface PodSandboxStateValue {
  readonly state: PodSandboxState;
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata | null;
  readonly state: PodSandboxState;
  readonly created_at: Int64;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtime_handler: string;
}

export interface UpdatePodSandboxResourcesRequest {
  readonly pod_sandbox_id: string;
  readonly overhead: LinuxContainerResources | null;
  readonly resources: LinuxContainerResources | null;
}

export type UpdatePodSandboxResourcesResponse = Record<string, never>;
