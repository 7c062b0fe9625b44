/** Messages of proto/cri.proto, chapter "metrics", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ContainerStatus } from "./container.ts";
import type { PodSandboxStatus } from "./sandbox.ts";
import type { UInt64Value } from "./security.ts";

export type ListMetricDescriptorsRequest = Record<string, never>;

/** Fixed for the life of the runtime. */
export interface ListMetricDescriptorsResponse {
  readonly descriptors: readonly MetricDescriptor[];
}

export interface MetricDescriptor {
  readonly name: string;
  readonly help: string;
  readonly label_keys: readonly string[];
}

export type ListPodSandboxMetricsRequest = Record<string, never>;

export interface ListPodSandboxMetricsResponse {
  readonly pod_metrics: readonly PodSandboxMetrics[];
}

export type StreamPodSandboxMetricsRequest = Record<string, never>;

export interface StreamPodSandboxMetricsResponse {
  readonly pod_sandbox_metrics: readonly PodSandboxMetrics[];
}

export interface PodSandboxMetrics {
  readonly pod_sandbox_id: string;
  readonly metrics: readonly Metric[];
  readonly container_metrics: readonly ContainerMetrics[];
}

export interface ContainerMetrics {
  readonly container_id: string;
  readonly metrics: readonly Metric[];
}

export interface Metric {
  readonly name: string;
  /** 0: read now. */
  readonly timestamp: Int64;
  readonly metric_type: MetricType;
  /** One for each of the descriptor's label_keys, in their order. */
  readonly label_values: readonly string[];
  readonly value: UInt64Value | null;
}

export const MetricType = {
  COUNTER: 0,
  GAUGE: 1,
} as const;

/** A number of MetricType, or one of a newer client. */
export type MetricType = number;

export type GetEventsRequest = Record<string, never>;

/** State after the event, of one moment. */
export interface ContainerEventResponse {
  /** The sandbox's id for its own events. */
  readonly container_id: string;
  readonly container_event_type: ContainerEventType;
  readonly created_at: Int64;
  readonly pod_sandbox_status: PodSandboxStatus | null;
  readonly containers_statuses: readonly ContainerStatus[];
}

export const ContainerEventType = {
  CONTAINER_CREATED_EVENT: 0,
  CONTAINER_STARTED_EVENT: 1,
  CONTAINER_STOPPED_EVENT: 2,
  CONTAINER_DELETED_EVENT: 3,
} as const;

/** A number of ContainerEventType, or one of a newer client. */
export type ContainerEventType = number;
