import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metricDescriptors, podMetrics } from "../../../src/grpc/to-cri/metrics/catalogue.ts";
import type { ContainerDetails, ContainerFigures } from "../../../src/vocabulary/index.ts";
import { containerConfigOf, containerId, containerView, sandboxId, sandboxView } from "../../support/fake-runtime.ts";

/** Those that cAdvisor has and that the kubelet community's own suite asks for. */
const wanted =
  `blkio_device_usage_total cpu_cfs_periods_total cpu_cfs_throttled_periods_total cpu_cfs_throttled_seconds_total
cpu_system_seconds_total cpu_usage_seconds_total cpu_user_seconds_total file_descriptors fs_inodes_free fs_inodes_total
fs_limit_bytes fs_reads_bytes_total fs_reads_total fs_usage_bytes fs_writes_bytes_total fs_writes_total
hugetlb_max_usage_bytes hugetlb_usage_bytes last_seen memory_cache memory_failcnt memory_failures_total
memory_kernel_usage memory_mapped_file memory_max_usage_bytes memory_rss memory_swap memory_usage_bytes
memory_working_set_bytes network_receive_bytes_total network_receive_errors_total network_receive_packets_dropped_total
network_receive_packets_total network_transmit_bytes_total network_transmit_errors_total
network_transmit_packets_dropped_total network_transmit_packets_total oom_events_total pressure_cpu_stalled_seconds_total
pressure_cpu_waiting_seconds_total pressure_io_stalled_seconds_total pressure_io_waiting_seconds_total
pressure_memory_stalled_seconds_total pressure_memory_waiting_seconds_total processes sockets spec_cpu_period
spec_cpu_quota spec_cpu_shares spec_memory_limit_bytes spec_memory_reservation_limit_bytes spec_memory_swap_limit_bytes
start_time_seconds threads threads_max ulimits_soft`
    .split(/\s+/)
    .map((name) => `container_${name}`);

const atNs = "1700000000000000009";
const stall = { totalNs: 7_900_000_000, avg10: 0, avg60: 0, avg300: 0 };
const pressure = { some: stall, full: stall };
const figures: ContainerFigures = {
  cpu: { atNs, usageNs: 2_900_000_000, pressure },
  memory: { atNs, usageBytes: 10, workingSetBytes: 6, rssBytes: 3, pageFaults: 9, majorPageFaults: 1, pressure },
  io: { atNs, pressure },
  tasks: { atNs, count: 4 },
  layer: { atNs, mountpoint: "/l", usedBytes: 4096, inodesUsed: 2, limitBytes: 1000, inodesTotal: 100, inodesFree: 40 },
};
const details: ContainerDetails = {
  cpu: { userNs: 2e9, systemNs: 1e9, periods: 5, throttledPeriods: 2, throttledNs: 3e9 },
  memory: {
    cacheBytes: 1,
    mappedBytes: 2,
    swapBytes: 3,
    kernelBytes: 4,
    mostUsedBytes: 5,
    limitHits: 6,
    ownPageFaults: 7,
    ownMajorPageFaults: 0,
  },
  devices: [{ name: "/dev/sda", major: "8", minor: "0", readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 }],
  hugePages: [{ pageSize: "2MB", usedBytes: 0, mostUsedBytes: 0 }],
  processes: { processes: 2, descriptors: 9, sockets: 1, openFilesLimit: 1024 },
  tasksLimit: 0,
  oomKills: 1,
};
const resources = {
  cpu_period: "100000",
  cpu_quota: "20000",
  cpu_shares: "1024",
  memory_limit_in_bytes: "67108864",
  memory_swap_limit_in_bytes: "67108864",
};
const view = containerView({ config: containerConfigOf({ linux: { resources } }) });
const traffic = { bytes: 1, packets: 2, errors: 3, dropped: 4 };
const metrics = podMetrics(
  sandboxView(),
  [{ name: "eth0", received: traffic, sent: { ...traffic, dropped: 5 } }],
  [{ view, figures, details }],
);
const [container] = metrics.container_metrics ?? [];
const series = [...(metrics.metrics ?? []), ...(container?.metrics ?? [])];
const of = (name: string) =>
  series
    .filter((each) => each.name === name)
    .map(({ label_values: labels = [], value }) => [...labels.slice(6), value?.value]);

describe("metrics", () => {
  it("are described once each, all that cAdvisor's readers know, with a help and labels", () => {
    const names = metricDescriptors.map(({ name }) => name ?? "");
    assert.deepEqual(names.toSorted(), wanted.toSorted());
    for (const { help, label_keys: keys = [] } of metricDescriptors) {
      assert.ok(help && keys.length >= 6);
      assert.deepEqual(keys.slice(0, 6), ["container", "id", "image", "name", "namespace", "pod"]);
    }
  });

  it("have a value of every name where all is known, and as many labels as their descriptor has keys", () => {
    const keys = new Map(metricDescriptors.map(({ name, label_keys: labels }) => [name, labels?.length]));
    assert.deepEqual(new Set(series.map(({ name }) => name)), new Set(wanted));
    for (const { name = "", label_values: labels } of series) assert.equal(labels?.length, keys.get(name), name);
    for (const { name = "", value } of series) assert.match(value?.value ?? "none", /^\d+$/, name);
  });

  it("say what they are of", () => {
    assert.deepEqual(container?.container_id, containerId("c"));
    assert.deepEqual(container?.metrics?.[0]?.label_values?.slice(0, 6), [
      "server",
      containerId("c"),
      "nginx:1.27",
      containerId("c"),
      "shop",
      "web",
    ]);
    assert.deepEqual(metrics.metrics?.[0]?.label_values, [
      "POD",
      sandboxId("5"),
      "",
      sandboxId("5"),
      "shop",
      "web",
      "eth0",
    ]);
  });

  for (const [name, ...values] of [
    ["container_cpu_usage_seconds_total", ["total", "2"]],
    ["container_pressure_io_stalled_seconds_total", ["7"]],
    [
      "container_memory_failures_total",
      ["pgfault", "container", "7"],
      ["pgfault", "hierarchy", "9"],
      ["pgmajfault", "container", "0"],
      ["pgmajfault", "hierarchy", "1"],
    ],
    ["container_blkio_device_usage_total", ["/dev/sda", "8", "0", "Read", "1"], ["/dev/sda", "8", "0", "Write", "2"]],
    ["container_network_transmit_packets_dropped_total", ["eth0", "5"]],
    ["container_spec_cpu_quota", ["20000"]],
    ["container_ulimits_soft", ["max_open_files", "1024"]],
    ["container_start_time_seconds", ["1700000000"]],
    ["container_last_seen", ["1700000000"]],
    ["container_threads", ["4"]],
  ] as const)
    it(`${name} is right`, () => assert.deepEqual(of(name), values));

  it("of the writable layer have its time, all others are of now", () => {
    for (const { name = "", timestamp } of series)
      assert.equal(timestamp, /_fs_(usage|limit|inodes)/.test(name) ? atNs : "0", name);
  });

  it("have no value for what is not known", () => {
    const nothing = { view: containerView(), figures: {}, details: { devices: [], hugePages: [] } };
    const { container_metrics: [bare] = [] } = podMetrics(sandboxView(), [], [nothing]);
    const names = (bare?.metrics ?? []).map(({ name }) => name);
    assert.ok(
      names.every((name) => /_(spec|start_time)/.test(name ?? "")),
      names.join(" "),
    );
  });
});
