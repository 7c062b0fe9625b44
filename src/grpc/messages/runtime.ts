/** Messages of proto/cri.proto, chapter "runtime", as contract.ts decodes them: written by scripts/proto/messages.ts. */

/** The client says its own API version; the kubelet sends nothing or 0.1.0. */
export interface VersionRequest {
  readonly version: string;
}

/** All four are required. */
export interface VersionResponse {
  /** Always 0.1.0: the kubelet compares it. */
  readonly version: string;
  /** Becomes the scheme of container ids in the API: NAME://ID. */
  readonly runtime_name: string;
  /** A semantic version. */
  readonly runtime_version: string;
  /** v1 */
  readonly runtime_api_version: string;
}

export interface StatusRequest {
  readonly verbose: boolean;
}

/** Asked every few seconds; the node is Ready while both conditions hold. */
export interface StatusResponse {
  readonly status: RuntimeStatus | null;
  /** Only when verbose was asked: name to JSON text. */
  readonly info: Readonly<Record<string, string>>;
  /** One of them has an empty name: the default. */
  readonly runtime_handlers: readonly RuntimeHandler[];
  readonly features: RuntimeFeatures | null;
}

export interface RuntimeStatus {
  /** At least RuntimeReady and NetworkReady. */
  readonly conditions: readonly RuntimeCondition[];
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  /** One CamelCase word. */
  readonly reason: string;
  /** A sentence for people. */
  readonly message: string;
}

export interface RuntimeHandler {
  /** As a RuntimeClass names it; empty: the default. */
  readonly name: string;
  readonly features: RuntimeHandlerFeatures | null;
}

export interface RuntimeHandlerFeatures {
  readonly recursive_read_only_mounts: boolean;
  readonly user_namespaces: boolean;
}

export interface RuntimeFeatures {
  /** Strict is understood. */
  readonly supplemental_groups_policy: boolean;
  readonly user_namespaces_host_network: boolean;
  /** Mount.mount_options are applied. */
  readonly mount_options: boolean;
}

export type RuntimeConfigRequest = Record<string, never>;

export interface RuntimeConfigResponse {
  /** Unset: the kubelet keeps its own setting. */
  readonly linux: LinuxRuntimeConfiguration | null;
}

/** Asked once, at the start of the client. */
export interface LinuxRuntimeConfiguration {
  readonly cgroup_driver: CgroupDriver;
}

/** Zero is systemd: set it on purpose. */
export const CgroupDriver = {
  SYSTEMD: 0,
  CGROUPFS: 1,
} as const;

/** A number of CgroupDriver, or one of a newer client. */
export type CgroupDriver = number;

export interface UpdateRuntimeConfigRequest {
  readonly runtime_config: RuntimeConfig | null;
}

export type UpdateRuntimeConfigResponse = Record<string, never>;

export interface RuntimeConfig {
  readonly network_config: NetworkConfig | null;
}

export interface NetworkConfig {
  /** May be empty, or two joined by a comma. */
  readonly pod_cidr: string;
}
