/** All metrics of a daemon besides those of its CRI calls, in one registry. docs/metrics.md has a row for each. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Transition } from "../../supervisors/observer.ts";
import type { StuckCount } from "../../supervisors/stuck-watch.ts";
import { actorMetrics, type ActorSources } from "./actor-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { queueMetrics, type QueueSources } from "./queue-metrics.ts";
import { recorderMetrics, type RecorderHealth } from "./recorder-metrics.ts";
import { stuckMetrics } from "./stuck-metrics.ts";

export interface NodeMetricsSources extends ActorSources, QueueSources {
  stuck(): readonly StuckCount[];
  /** Streaming sessions under way. */
  sessions(): number;
  /** Absent: nothing is recorded. */
  recorder?(): RecorderHealth;
  /** When this process began, in milliseconds since 1970. */
  readonly startedAtMs: number;
}

export interface NodeMetrics {
  moved(transition: Transition): void;
  crashed(actor: string): void;
  /** So many bytes of an image have come from a registry. */
  fetched(bytes: number): void;
}

/** Nothing is read from `sources` before somebody asks for metrics. */
export const nodeMetrics = (registry: Registry, sources: NodeMetricsSources): NodeMetrics => {
  const registers = [registry];
  const { moved, crashed } = actorMetrics(registry, sources);
  queueMetrics(registry, sources);
  stuckMetrics(registry, () => sources.stuck());
  const { recorder } = sources;
  if (recorder) recorderMetrics(registry, recorder);
  processMetrics(registry, sources.startedAtMs);
  const sessions: Gauge = new Gauge({
    name: "troupe_streaming_sessions",
    help: "Clients of exec, attach and port-forward that are connected.",
    registers,
    collect: () => sessions.set(sources.sessions()),
  });
  const bytes = new Counter({
    name: "troupe_image_pull_bytes_total",
    help: "Bytes of layers that came from registries.",
    registers,
  });
  return { moved, crashed, fetched: (count) => bytes.inc(count) };
};
