/** Processes and what they have open; when the container was seen and began; what it was given. */
import type { ContainerMetric, MeasuredContainer } from "./metric.ts";
import { one } from "./metric.ts";

const gauge = (
  name: string,
  help: string,
  of: (measured: MeasuredContainer) => number | undefined,
): ContainerMetric => ({ name, help, type: "gauge", samples: (measured) => one(of(measured)) });

/** A quota of 0 or below is none: it has no value, as there is none elsewhere. */
const quota = ({ view }: MeasuredContainer): number | undefined =>
  view.config.resources.cpuQuota > 0 ? view.config.resources.cpuQuota : undefined;

const limit = (bytes: number): number => Math.max(0, bytes);

export const processMetrics: readonly ContainerMetric[] = [
  gauge("container_processes", "Processes.", ({ details }) => details.processes?.processes),
  gauge("container_threads", "Processes and their threads.", ({ figures }) => figures.tasks?.count),
  gauge(
    "container_threads_max",
    "How many threads there may be; 0: there is no limit.",
    ({ details }) => details.tasksLimit,
  ),
  gauge(
    "container_file_descriptors",
    "Open descriptors of all processes.",
    ({ details }) => details.processes?.descriptors,
  ),
  gauge("container_sockets", "Open sockets of all processes.", ({ details }) => details.processes?.sockets),
  {
    name: "container_ulimits_soft",
    help: "Soft limits of the first process, where it has some.",
    type: "gauge",
    keys: ["ulimit"],
    samples: ({ details: { processes } }) =>
      one(processes?.openFilesLimit).map((sample) => ({ ...sample, labels: ["max_open_files"] })),
  },
  gauge(
    "container_last_seen",
    "When this was read, in seconds since 1970.",
    ({ figures: { cpu } }) => cpu && Math.floor(Number(cpu.atNs) / 1e9),
  ),
  gauge("container_start_time_seconds", "When the container was started, in seconds since 1970.", ({ view }) =>
    Math.floor(Number(view.startedAt ?? view.createdAt) / 1e9),
  ),
];

/** As the client asked for them; 0: it did not. */
export const specMetrics: readonly ContainerMetric[] = [
  gauge(
    "container_spec_cpu_period",
    "Period of the CPU quota, in microseconds.",
    ({ view }) => view.config.resources.cpuPeriod,
  ),
  gauge("container_spec_cpu_quota", "CPU quota in each period, in microseconds.", quota),
  gauge("container_spec_cpu_shares", "CPU shares.", ({ view }) => view.config.resources.cpuShares),
  gauge("container_spec_memory_limit_bytes", "Memory limit in bytes; 0: there is none.", ({ view }) =>
    limit(view.config.resources.memoryLimitBytes),
  ),
  gauge(
    "container_spec_memory_swap_limit_bytes",
    "Limit of memory and swap together in bytes; 0: there is none.",
    ({ view }) => limit(view.config.resources.memorySwapLimitBytes),
  ),
  gauge(
    "container_spec_memory_reservation_limit_bytes",
    "Memory that is kept for the container (memory.min), in bytes.",
    ({ view }) => limit(Number(view.config.resources.unified["memory.min"] ?? 0) || 0),
  ),
];
