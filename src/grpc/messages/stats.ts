/** Messages of proto/cri.proto, chapter "stats", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ContainerMetadata } from "./container-config.ts";
import type { FilesystemUsage } from "./image.ts";
import type { PodSandboxMetadata } from "./sandbox.ts";
import type { UInt64Value } from "./security.ts";
import type { WindowsPodSandboxStats } from "./windows.ts";

export interface ContainerStatsRequest {
  readonly container_id: string;
}

export interface ContainerStatsResponse {
  readonly stats: ContainerStats | null;
}

export interface ListContainerStatsRequest {
  readonly filter: ContainerStatsFilter | null;
}

export interface ListContainerStatsResponse {
  readonly stats: readonly ContainerStats[];
}

export interface StreamContainerStatsRequest {
  readonly filter: ContainerStatsFilter | null;
}

export interface StreamContainerStatsResponse {
  readonly container_stats: readonly ContainerStats[];
}

export interface ContainerStatsFilter {
  readonly id: string;
  readonly pod_sandbox_id: string;
  readonly label_selector: Readonly<Record<string, string>>;
}

export interface ContainerStats {
  readonly attributes: ContainerAttributes | null;
  readonly cpu: CpuUsage | null;
  readonly memory: MemoryUsage | null;
  /** What the container wrote into its root. */
  readonly writable_layer: FilesystemUsage | null;
  readonly swap: SwapUsage | null;
  readonly io: IoUsage | null;
}

export interface ContainerAttributes {
  readonly id: string;
  readonly metadata: ContainerMetadata | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodSandboxStatsRequest {
  readonly pod_sandbox_id: string;
}

export interface PodSandboxStatsResponse {
  readonly stats: PodSandboxStats | null;
}

export interface ListPodSandboxStatsRequest {
  readonly filter: PodSandboxStatsFilter | null;
}

export interface ListPodSandboxStatsResponse {
  readonly stats: readonly PodSandboxStats[];
}

export interface StreamPodSandboxStatsRequest {
  readonly filter: PodSandboxStatsFilter | null;
}

export interface StreamPodSandboxStatsResponse {
  readonly pod_sandbox_stats: readonly PodSandboxStats[];
}

export interface PodSandboxStatsFilter {
  readonly id: string;
  readonly label_selector: Readonly<Record<string, string>>;
}

export interface PodSandboxStats {
  readonly attributes: PodSandboxAttributes | null;
  readonly linux: LinuxPodSandboxStats | null;
  readonly windows: WindowsPodSandboxStats | null;
}

export interface PodSandboxAttributes {
  readonly id: string;
  readonly metadata: PodSandboxMetadata | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Of the whole pod cgroup, overhead included. */
export interface LinuxPodSandboxStats {
  readonly cpu: CpuUsage | null;
  readonly memory: MemoryUsage | null;
  readonly network: NetworkUsage | null;
  readonly process: ProcessUsage | null;
  readonly containers: readonly ContainerStats[];
  readonly io: IoUsage | null;
}

export interface CpuUsage {
  readonly timestamp: Int64;
  readonly usage_core_nano_seconds: UInt64Value | null;
  /** Averaged over a window of the runtime's choice. */
  readonly usage_nano_cores: UInt64Value | null;
  readonly psi: PsiStats | null;
}

export interface MemoryUsage {
  readonly timestamp: Int64;
  /** Usage without inactive file pages: evictions go by it. */
  readonly working_set_bytes: UInt64Value | null;
  /** Absent without a limit. */
  readonly available_bytes: UInt64Value | null;
  readonly usage_bytes: UInt64Value | null;
  readonly rss_bytes: UInt64Value | null;
  readonly page_faults: UInt64Value | null;
  readonly major_page_faults: UInt64Value | null;
  readonly psi: PsiStats | null;
}

export interface SwapUsage {
  readonly timestamp: Int64;
  readonly swap_available_bytes: UInt64Value | null;
  readonly swap_usage_bytes: UInt64Value | null;
}

export interface IoUsage {
  readonly timestamp: Int64;
  readonly psi: PsiStats | null;
}

/** Pressure stall information. */
export interface PsiStats {
  readonly Full: PsiData | null;
  readonly Some: PsiData | null;
}

export interface PsiData {
  /** Nanoseconds. */
  readonly Total: Int64;
  readonly Avg10: number;
  readonly Avg60: number;
  readonly Avg300: number;
}

export interface ProcessUsage {
  readonly timestamp: Int64;
  readonly process_count: UInt64Value | null;
}

export interface NetworkUsage {
  readonly timestamp: Int64;
  readonly default_interface: NetworkInterfaceUsage | null;
  /** The others, without lo. */
  readonly interfaces: readonly NetworkInterfaceUsage[];
}

export interface NetworkInterfaceUsage {
  readonly name: string;
  readonly rx_bytes: UInt64Value | null;
  readonly rx_errors: UInt64Value | null;
  readonly tx_bytes: UInt64Value | null;
  readonly tx_errors: UInt64Value | null;
}
