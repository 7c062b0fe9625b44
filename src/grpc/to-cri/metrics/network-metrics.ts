/** Traffic of a pod, by interface. */
import type { InterfaceFigures, TrafficFigures } from "../../../vocabulary/index.ts";
import type { InterfaceMetric } from "./metric.ts";

const counts: readonly (readonly [suffix: string, words: string, of: (traffic: TrafficFigures) => number])[] = [
  ["bytes", "Bytes", ({ bytes }) => bytes],
  ["packets", "Packets", ({ packets }) => packets],
  ["packets_dropped", "Packets dropped", ({ dropped }) => dropped],
  ["errors", "Errors", ({ errors }) => errors],
];

const directions: readonly (readonly [name: string, words: string, of: (each: InterfaceFigures) => TrafficFigures])[] =
  [
    ["receive", "of what came in", ({ received }) => received],
    ["transmit", "of what went out", ({ sent }) => sent],
  ];

export const networkMetrics: readonly InterfaceMetric[] = directions.flatMap(([direction, which, traffic]) =>
  counts.map(([suffix, words, count]) => ({
    name: `container_network_${direction}_${suffix}_total`,
    help: `${words} ${which}, by interface.`,
    type: "counter" as const,
    keys: ["interface"],
    samples: (each: InterfaceFigures) => [{ labels: [each.name], value: count(traffic(each)) }],
  })),
);
