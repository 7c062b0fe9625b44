import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Figures } from "../../../src/supervisors/figures.ts";
import type { ContainerFigures, PodFigures } from "../../../src/vocabulary/index.ts";
import { containerId, containerView, fakeRuntime, sandboxId, sandboxView } from "../../support/fake-runtime.ts";
import { noFigures } from "../../support/no-figures.ts";
import { serving } from "../serving.ts";

const atNs = "1700000000000000009";
const stall = { totalNs: 7000, avg10: 1.5, avg60: 0.25, avg300: 0 };
const figures: ContainerFigures = {
  cpu: { atNs, usageNs: 2 ** 60, nanoCores: 5, pressure: { some: stall } },
  memory: { atNs, usageBytes: 10, workingSetBytes: 6, rssBytes: 3, pageFaults: 9, majorPageFaults: 1 },
  swap: { atNs, usageBytes: 4, availableBytes: 8 },
  io: { atNs, pressure: { some: stall, full: stall } },
  layer: {
    atNs: "1700000000000000001",
    mountpoint: "/layers",
    usedBytes: 4096,
    inodesUsed: 2,
    limitBytes: 1,
    inodesTotal: 1,
    inodesFree: 1,
  },
};
const traffic = (bytes: number) => ({ bytes, packets: 1, errors: 2, dropped: 3 });
const pod: PodFigures = {
  cpu: { atNs, usageNs: 11 },
  tasks: { atNs, count: 12 },
  network: {
    atNs,
    interfaces: [
      { name: "net1", received: traffic(1), sent: traffic(2) },
      { name: "eth0", received: traffic(3), sent: traffic(4) },
    ],
  },
};
const some: Figures = { ...noFigures, container: () => figures, pod: () => pod };
const psi = { Total: "7000", Avg10: 1.5, Avg60: 0.25, Avg300: 0 };
const value = (count: number) => ({ value: String(count) });

describe("ContainerStats", () => {
  it("says all that is known, each with its own time", () =>
    serving(fakeRuntime({ containers: [containerView()] }, { figures: some }), async ({ client }) => {
      const { stats } = await client.call("ContainerStats", { container_id: "c" });
      assert.deepEqual(stats, {
        attributes: {
          id: containerId("c"),
          metadata: { name: "server", attempt: 2 },
          labels: { app: "web", tier: "front" },
          annotations: { note: "as it came" },
        },
        cpu: {
          timestamp: atNs,
          usage_core_nano_seconds: value(2 ** 60),
          usage_nano_cores: value(5),
          psi: { Full: null, Some: psi },
        },
        memory: {
          timestamp: atNs,
          working_set_bytes: value(6),
          available_bytes: null,
          usage_bytes: value(10),
          rss_bytes: value(3),
          page_faults: value(9),
          major_page_faults: value(1),
          psi: null,
        },
        writable_layer: {
          timestamp: "1700000000000000001",
          fs_id: { mountpoint: "/layers" },
          used_bytes: value(4096),
          inodes_used: value(2),
        },
        swap: { timestamp: atNs, swap_available_bytes: value(8), swap_usage_bytes: value(4) },
        io: { timestamp: atNs, psi: { Full: psi, Some: psi } },
      });
    }));

  it("of one that does not run has its attributes, and of usage only what is there", () =>
    serving(fakeRuntime({ containers: [containerView({ state: "exited" })] }), async ({ client }) => {
      const { stats } = await client.call("ContainerStats", { container_id: "c" });
      assert.equal(stats?.attributes?.metadata?.name, "server");
      assert.deepEqual([stats.cpu, stats.memory, stats.writable_layer], [null, null, null]);
    }));
});

describe("ListContainerStats", () => {
  const containers = ["1", "2", "3", "4"].map((digit) => containerView({ id: containerId(digit) }));
  const [one, two, three, four] = containers as [
    (typeof containers)[0],
    (typeof containers)[0],
    (typeof containers)[0],
    (typeof containers)[0],
  ];

  it("leaves out what does not run, and what has gone between the look at the books and that at the kernel", async () => {
    const contents = {
      containers: [one, { ...two, state: "exited" as const }, three, { ...four, state: "created" as const }],
    };
    const going: Figures = { ...some, container: ({ id }) => (id === three.id ? {} : figures) };
    await serving(fakeRuntime(contents, { figures: going }), async ({ client }) => {
      const { stats } = await client.call("ListContainerStats", {});
      assert.deepEqual(
        stats.map(({ attributes }) => attributes?.id),
        [one.id],
      );
    });
  });

  it("has a thousand, in one answer and in a stream of several", async () => {
    const many = Array.from({ length: 1000 }, (_, n) => containerView({ id: containerId(`${n}-`) }));
    await serving(fakeRuntime({ containers: many }, { figures: some }), async ({ client }) => {
      const { stats } = await client.call("ListContainerStats", {});
      const parts: number[] = [];
      for await (const part of client.stream("StreamContainerStats", {})) parts.push(part.container_stats.length);
      assert.deepEqual([stats.length, parts.length, Math.max(...parts)], [1000, 20, 50]);
    });
  });
});

describe("PodSandboxStats", () => {
  it("has the pod's own figures, eth0 apart from the other interfaces, and the containers that run", async () => {
    const contents = {
      sandboxes: [sandboxView()],
      containers: [containerView(), containerView({ id: containerId("d"), sandboxId: sandboxId("6") })],
    };
    await serving(fakeRuntime(contents, { figures: some }), async ({ client }) => {
      const { stats } = await client.call("PodSandboxStats", { pod_sandbox_id: "5" });
      assert.deepEqual(stats?.attributes?.metadata, { name: "web", uid: "9ffa4c5e", namespace: "shop", attempt: 1 });
      const { cpu, memory, network, process, containers } = stats.linux ?? assert.fail("the kubelet needs it");
      assert.deepEqual([cpu?.usage_core_nano_seconds, cpu?.usage_nano_cores, memory], [value(11), null, null]);
      const usage = (name: string, rx: number, tx: number) => ({
        name,
        rx_bytes: value(rx),
        rx_errors: value(2),
        tx_bytes: value(tx),
        tx_errors: value(2),
      });
      assert.deepEqual(network, {
        timestamp: atNs,
        default_interface: usage("eth0", 3, 4),
        interfaces: [usage("net1", 1, 2)],
      });
      assert.deepEqual(process, { timestamp: atNs, process_count: value(12) });
      assert.deepEqual(
        containers.map(({ attributes }) => attributes?.id),
        [containerId("c")],
      );
    });
  });

  it("of one that is not ready is there, without figures; lists leave it out", async () => {
    await serving(fakeRuntime({ sandboxes: [sandboxView({ ready: false })] }), async ({ client }) => {
      const { stats } = await client.call("PodSandboxStats", { pod_sandbox_id: "5" });
      assert.deepEqual(stats?.linux?.containers, []);
      assert.deepEqual((await client.call("ListPodSandboxStats", {})).stats, []);
      assert.deepEqual((await client.call("ListPodSandboxMetrics", {})).pod_metrics, []);
    });
  });
});
