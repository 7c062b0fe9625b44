/** Messages of proto/cri.proto, chapter "windows", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { FilesystemIdentifier } from "./image.ts";
import type { NamespaceMode, UInt64Value } from "./security.ts";
import type { ContainerAttributes } from "./stats.ts";

export interface WindowsPodSandboxConfig {
  readonly security_context: WindowsSandboxSecurityContext | null;
}

export interface WindowsSandboxSecurityContext {
  readonly run_as_username: string;
  readonly credential_spec: string;
  readonly host_process: boolean;
  readonly namespace_options: WindowsNamespaceOption | null;
}

export interface WindowsNamespaceOption {
  readonly network: NamespaceMode;
}

export interface WindowsContainerConfig {
  readonly resources: WindowsContainerResources | null;
  readonly security_context: WindowsContainerSecurityContext | null;
}

export interface WindowsContainerSecurityContext {
  readonly run_as_username: string;
  readonly credential_spec: string;
  readonly host_process: boolean;
}

export interface WindowsContainerResources {
  readonly cpu_shares: Int64;
  readonly cpu_count: Int64;
  readonly cpu_maximum: Int64;
  readonly memory_limit_in_bytes: Int64;
  readonly rootfs_size_in_bytes: Int64;
  readonly affinity_cpus: readonly WindowsCpuGroupAffinity[];
}

export interface WindowsCpuGroupAffinity {
  readonly cpu_mask: Int64;
  readonly cpu_group: number;
}

export interface WindowsPodSandboxStats {
  readonly cpu: WindowsCpuUsage | null;
  readonly memory: WindowsMemoryUsage | null;
  readonly network: WindowsNetworkUsage | null;
  readonly process: WindowsProcessUsage | null;
  readonly containers: readonly WindowsContainerStats[];
}

export interface WindowsContainerStats {
  readonly attributes: ContainerAttributes | null;
  readonly cpu: WindowsCpuUsage | null;
  readonly memory: WindowsMemoryUsage | null;
  readonly writable_layer: WindowsFilesystemUsage | null;
}

export interface WindowsCpuUsage {
  readonly timestamp: Int64;
  readonly usage_core_nano_seconds: UInt64Value | null;
  readonly usage_nano_cores: UInt64Value | null;
}

export interface WindowsMemoryUsage {
  readonly timestamp: Int64;
  readonly working_set_bytes: UInt64Value | null;
  readonly available_bytes: UInt64Value | null;
  readonly page_faults: UInt64Value | null;
  readonly commit_memory_bytes: UInt64Value | null;
}

export interface WindowsFilesystemUsage {
  readonly timestamp: Int64;
  readonly fs_id: FilesystemIdentifier | null;
  readonly used_bytes: UInt64Value | null;
}

export interface WindowsNetworkUsage {
  readonly timestamp: Int64;
  readonly default_interface: WindowsNetworkInterfaceUsage | null;
  readonly interfaces: readonly WindowsNetworkInterfaceUsage[];
}

export interface WindowsNetworkInterfaceUsage {
  readonly name: string;
  readonly rx_bytes: UInt64Value | null;
  readonly rx_packets_dropped: UInt64Value | null;
  readonly tx_bytes: UInt64Value | null;
  readonly tx_packets_dropped: UInt64Value | null;
}

export interface WindowsProcessUsage {
  readonly timestamp: Int64;
  readonly process_count: UInt64Value | null;
}
