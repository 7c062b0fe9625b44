/** Messages of proto/cri.proto, chapter "checkpoint", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ContainerConfig } from "./container-config.ts";
import type { PodSandboxConfig } from "./sandbox.ts";

export interface CheckpointContainerRequest {
  readonly container_id: string;
  /** Archive to write. */
  readonly location: string;
  /** Seconds. */
  readonly timeout: Int64;
}

export type CheckpointContainerResponse = Record<string, never>;

export interface CheckpointPodRequest {
  readonly pod_sandbox_id: string;
  /** An empty directory. */
  readonly output_path: string;
  readonly container_ids: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export type CheckpointPodResponse = Record<string, never>;

export interface RestorePodRequest {
  readonly checkpoint_path: string;
  readonly config: PodSandboxConfig | null;
  readonly runtime_handler: string;
  readonly options: Readonly<Record<string, string>>;
  /** One for each container in the checkpoint, by name. */
  readonly container_configs: readonly ContainerConfig[];
}

export interface RestorePodResponse {
  readonly pod_sandbox_id: string;
  readonly restored_containers: readonly RestoredContainer[];
}

export interface RestoredContainer {
  readonly name: string;
  readonly container_id: string;
}
