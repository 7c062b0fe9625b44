/** CPU time, throttling, and time lost to pressure. */
import type { Pressure } from "../../../vocabulary/index.ts";
import { one, seconds, type ContainerMetric, type MeasuredContainer } from "./metric.ts";

const usage: readonly ContainerMetric[] = [
  {
    name: "container_cpu_usage_seconds_total",
    help: "CPU time used, in seconds.",
    type: "counter",
    keys: ["cpu"],
    samples: ({ figures: { cpu } }) => seconds(cpu?.usageNs).map((sample) => ({ ...sample, labels: ["total"] })),
  },
  {
    name: "container_cpu_user_seconds_total",
    help: "CPU time used by the programs themselves, in seconds.",
    type: "counter",
    samples: ({ details: { cpu } }) => seconds(cpu?.userNs),
  },
  {
    name: "container_cpu_system_seconds_total",
    help: "CPU time used by the kernel for them, in seconds.",
    type: "counter",
    samples: ({ details: { cpu } }) => seconds(cpu?.systemNs),
  },
  {
    name: "container_cpu_cfs_periods_total",
    help: "Periods of the CPU quota that have passed.",
    type: "counter",
    samples: ({ details: { cpu } }) => one(cpu?.periods),
  },
  {
    name: "container_cpu_cfs_throttled_periods_total",
    help: "Periods in which the CPU quota was used up.",
    type: "counter",
    samples: ({ details: { cpu } }) => one(cpu?.throttledPeriods),
  },
  {
    name: "container_cpu_cfs_throttled_seconds_total",
    help: "Time in which tasks were kept waiting by the CPU quota, in seconds.",
    type: "counter",
    samples: ({ details: { cpu } }) => seconds(cpu?.throttledNs),
  },
];

/** `waiting`: some tasks stood still; `stalled`: all of them at once. */
const pressed = (
  what: "cpu" | "memory" | "io",
  words: string,
  of: (measured: MeasuredContainer) => Pressure | undefined,
): readonly ContainerMetric[] => [
  {
    name: `container_pressure_${what}_waiting_seconds_total`,
    help: `Time in which some tasks waited for ${words}, in seconds.`,
    type: "counter",
    samples: (measured) => seconds(of(measured)?.some?.totalNs),
  },
  {
    name: `container_pressure_${what}_stalled_seconds_total`,
    help: `Time in which all tasks waited for ${words}, in seconds.`,
    type: "counter",
    samples: (measured) => seconds(of(measured)?.full?.totalNs),
  },
];

export const cpuMetrics: readonly ContainerMetric[] = [
  ...usage,
  ...pressed("cpu", "a CPU", ({ figures }) => figures.cpu?.pressure),
  ...pressed("memory", "memory", ({ figures }) => figures.memory?.pressure),
  ...pressed("io", "a disk", ({ figures }) => figures.io?.pressure),
];
