/** Where the metrics of a daemon are read. */
import type { Registry } from "prom-client";
import type { CriServer } from "../grpc/server.ts";
import type { Events } from "../supervisors/events.ts";
import type { StuckWatch } from "../supervisors/stuck-watch.ts";
import type { System } from "../supervisors/system.ts";
import type { Flight } from "./flight-recorder.ts";
import { nodeMetrics, type NodeMetrics } from "./metrics/node-metrics.ts";
import type { Queues } from "./metrics/queue-metrics.ts";
import type { NodeParts } from "./parts-of-node.ts";
import type { Streaming } from "./streaming.ts";

export interface Measured {
  readonly system: () => System;
  readonly stuck: StuckWatch;
  readonly parts: Pick<NodeParts, "queues">;
  readonly events: Events;
  /** Undefined before it serves. */
  readonly cri: () => CriServer | undefined;
  readonly streaming: Streaming;
  readonly flight: Flight;
}

export const daemonMetrics = (registry: Registry, measured: Measured): NodeMetrics => {
  const { system, stuck, parts, events, cri, streaming, flight } = measured;
  const items = (): Queues => {
    const server = cri();
    const requests = streaming.figures?.requests;
    return {
      ...(server && { "cri-calls": server.queue }),
      "callers-of-one-object": system().callers.queue,
      "event-subscribers": events.queues.subscribers,
      "events-behind": events.queues.behind,
      ...(requests && { "streaming-requests": requests }),
      ...parts.queues().items,
    };
  };
  return nodeMetrics(registry, {
    places: () =>
      system()
        .actors()
        .flatMap(({ id }) => {
          const state = system().stateOf(id);
          return state === undefined ? [] : [{ actor: id, state }];
        }),
    quarantined: () => system().quarantined(),
    stuck: () => stuck.counts(),
    items,
    bytes: () => parts.queues().bytes,
    sessions: () => streaming.figures?.sessions ?? 0,
    recorder: () => ({ ...flight.ring.health, ...flight.recorder.counts }),
    startedAtMs: performance.timeOrigin,
  });
};
