/** Memory, swap and huge pages. */
import { one, type ContainerMetric, type MeasuredContainer, type Sample } from "./metric.ts";

const gauge = (
  name: string,
  help: string,
  of: (measured: MeasuredContainer) => number | undefined,
): ContainerMetric => ({ name, help, type: "gauge", samples: (measured) => one(of(measured)) });

/** `container`: of its own cgroup; `hierarchy`: with those that it has made below. */
const faults = ({ figures: { memory }, details: { memory: more } }: MeasuredContainer): readonly Sample[] =>
  memory === undefined || more === undefined
    ? []
    : [
        { labels: ["pgfault", "container"], value: more.ownPageFaults },
        { labels: ["pgfault", "hierarchy"], value: memory.pageFaults },
        { labels: ["pgmajfault", "container"], value: more.ownMajorPageFaults },
        { labels: ["pgmajfault", "hierarchy"], value: memory.majorPageFaults },
      ];

export const memoryMetrics: readonly ContainerMetric[] = [
  gauge(
    "container_memory_usage_bytes",
    "Memory in use, caches and all, in bytes.",
    ({ figures }) => figures.memory?.usageBytes,
  ),
  gauge(
    "container_memory_working_set_bytes",
    "Memory in use without file pages that were not touched lately, in bytes.",
    ({ figures }) => figures.memory?.workingSetBytes,
  ),
  gauge("container_memory_rss", "Anonymous memory, in bytes.", ({ figures }) => figures.memory?.rssBytes),
  gauge("container_memory_cache", "File pages in memory, in bytes.", ({ details }) => details.memory?.cacheBytes),
  gauge(
    "container_memory_mapped_file",
    "File pages that are mapped, in bytes.",
    ({ details }) => details.memory?.mappedBytes,
  ),
  gauge("container_memory_swap", "Memory that was swapped out, in bytes.", ({ details }) => details.memory?.swapBytes),
  gauge(
    "container_memory_kernel_usage",
    "Memory of the kernel for this container, in bytes.",
    ({ details }) => details.memory?.kernelBytes,
  ),
  gauge(
    "container_memory_max_usage_bytes",
    "The most memory that was ever in use, in bytes.",
    ({ details }) => details.memory?.mostUsedBytes,
  ),
  {
    name: "container_memory_failcnt",
    help: "How often the memory limit was met.",
    type: "counter",
    samples: ({ details }) => one(details.memory?.limitHits),
  },
  {
    name: "container_memory_failures_total",
    help: "Page faults, by kind and scope.",
    type: "counter",
    keys: ["failure_type", "scope"],
    samples: faults,
  },
  {
    name: "container_oom_events_total",
    help: "How often the kernel has killed for memory.",
    type: "counter",
    samples: ({ details }) => one(details.oomKills),
  },
  {
    name: "container_hugetlb_usage_bytes",
    help: "Huge pages in use, in bytes.",
    type: "gauge",
    keys: ["pagesize"],
    samples: ({ details }) =>
      details.hugePages.map(({ pageSize, usedBytes }) => ({ labels: [pageSize], value: usedBytes })),
  },
  {
    name: "container_hugetlb_max_usage_bytes",
    help: "The most huge pages that were ever in use, in bytes; cgroup v1 alone knows.",
    type: "gauge",
    keys: ["pagesize"],
    samples: ({ details }) =>
      details.hugePages.flatMap(({ pageSize, mostUsedBytes: value }) =>
        value === undefined ? [] : [{ labels: [pageSize], value }],
      ),
  },
];
