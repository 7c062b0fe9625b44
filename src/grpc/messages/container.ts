/** Messages of proto/cri.proto, chapter "container", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ContainerConfig, ContainerMetadata, LinuxContainerResources, Mount, Signal } from "./container-config.ts";
import type { ImageSpec } from "./image.ts";
import type { PodSandboxConfig } from "./sandbox.ts";
import type { WindowsContainerResources } from "./windows.ts";

export interface CreateContainerRequest {
  readonly pod_sandbox_id: string;
  readonly config: ContainerConfig | null;
  /** Made anew by the client: not the sandbox's identity. */
  readonly sandbox_config: PodSandboxConfig | null;
}

export interface CreateContainerResponse {
  readonly container_id: string;
}

export interface StartContainerRequest {
  readonly container_id: string;
}

export type StartContainerResponse = Record<string, never>;

/** Idempotent. The stop signal, then SIGKILL; answered when it is gone. */
export interface StopContainerRequest {
  readonly container_id: string;
  /** Seconds; 0 or less: SIGKILL at once. */
  readonly timeout: Int64;
}

export type StopContainerResponse = Record<string, never>;

/** Idempotent. A running container is killed. Its log stays. */
export interface RemoveContainerRequest {
  readonly container_id: string;
}

export type RemoveContainerResponse = Record<string, never>;

export interface ListContainersRequest {
  readonly filter: ContainerFilter | null;
}

export interface ListContainersResponse {
  readonly containers: readonly Container[];
}

export interface StreamContainersRequest {
  readonly filter: ContainerFilter | null;
}

export interface StreamContainersResponse {
  readonly containers: readonly Container[];
}

/** All that is given must match. */
export interface ContainerFilter {
  readonly id: string;
  readonly state: ContainerStateValue | null;
  readonly pod_sandbox_id: string;
  readonly label_selector: Readonly<Record<string, string>>;
}

export interface ContainerStateValue {
  readonly state: ContainerState;
}

export const ContainerState = {
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
} as const;

/** A number of ContainerState, or one of a newer client. */
export type ContainerState = number;

export interface Container {
  readonly id: string;
  readonly pod_sandbox_id: string;
  readonly metadata: ContainerMetadata | null;
  readonly image: ImageSpec | null;
  /** Repository and digest where known. */
  readonly image_ref: string;
  readonly state: ContainerState;
  readonly created_at: Int64;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Image.id exactly. */
  readonly image_id: string;
}

export interface ContainerStatusRequest {
  readonly container_id: string;
  readonly verbose: boolean;
}

export interface ContainerStatusResponse {
  readonly status: ContainerStatus | null;
  readonly info: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: ContainerMetadata | null;
  readonly state: ContainerState;
  readonly created_at: Int64;
  /** 0 until it was started. */
  readonly started_at: Int64;
  /** Only with CONTAINER_EXITED. */
  readonly finished_at: Int64;
  readonly exit_code: number;
  /** By a name, as people gave it. */
  readonly image: ImageSpec | null;
  /** Repository and digest where known. */
  readonly image_ref: string;
  /** Completed, Error, OOMKilled, StartError, … */
  readonly reason: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Absolute. */
  readonly log_path: string;
  /** As given, never as derived. */
  readonly resources: ContainerResources | null;
  readonly image_id: string;
  readonly user: ContainerUser | null;
  readonly stop_signal: Signal;
}

export interface ContainerResources {
  readonly linux: LinuxContainerResources | null;
  readonly windows: WindowsContainerResources | null;
}

export interface ContainerUser {
  readonly linux: LinuxContainerUser | null;
}

export interface LinuxContainerUser {
  readonly uid: Int64;
  readonly gid: Int64;
  readonly supplemental_groups: readonly Int64[];
}

/** All of it or nothing; what is not given stays. */
export interface UpdateContainerResourcesRequest {
  readonly container_id: string;
  readonly linux: LinuxContainerResources | null;
  readonly windows: WindowsContainerResources | null;
  readonly annotations: Readonly<Record<string, string>>;
}

export type UpdateContainerResourcesResponse = Record<string, never>;

/** The client has renamed the file: begin a new one at the same path. */
export interface ReopenContainerLogRequest {
  readonly container_id: string;
}

export type ReopenContainerLogResponse = Record<string, never>;
