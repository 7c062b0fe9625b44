import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync, rmdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { readLayout } from "../../src/drivers/cgroup/layout.ts";
import type { ContainerStats, PodSandboxStats } from "../../src/grpc/messages/stats.ts";
import type { UInt64Value } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, hostNetwork, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const unknown = "f".repeat(64);
const mib = 1024 * 1024;
const busy = "while :; do :; done";
const number = (value: UInt64Value | null | undefined): number => Number(value?.value ?? Number.NaN);

describe("figures of containers and pods", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "figures" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const stats = async (id: string): Promise<ContainerStats> => {
    const answer = await bed.kubelet.cri.call("ContainerStats", { container_id: id });
    return answer.stats ?? assert.fail("no stats");
  };
  const podStats = async ({ id }: Pod): Promise<PodSandboxStats> => {
    const answer = await bed.kubelet.cri.call("PodSandboxStats", { pod_sandbox_id: id });
    return answer.stats ?? assert.fail("no stats");
  };

  it("CPU, memory and tasks of a container and its pod grow with what it does", async () => {
    const { kubelet } = bed;
    const labels = { app: "busy" };
    const pod = await kubelet.runPod(
      kubelet.podConfig("busy", { linux: { ...kubelet.podConfig("").linux, cgroup_parent: "/e2e-figures" } }),
    );
    const limits = { memory_limit_in_bytes: String(64 * mib) };
    const linux = { resources: limits, security_context: kubelet.security };
    const id = await kubelet.run(pod, "app", `sleep 60 & ${busy}`, { labels, annotations: { note: "n" }, linux });
    const first = await stats(id);
    assert.deepEqual(first.attributes, {
      id,
      metadata: { name: "app", attempt: 0 },
      labels,
      annotations: { note: "n" },
    });
    assert.equal(first.cpu?.usage_nano_cores, null, "a rate needs two readings");
    const rate = await eventually("a rate", 20_000, async () => (await stats(id)).cpu?.usage_nano_cores ?? undefined);
    assert.ok(number(rate) > 10_000_000, `${rate.value} billionths of a CPU`);
    const second = await stats(id);
    assert.ok(BigInt(second.cpu?.timestamp ?? 0) > BigInt(first.cpu?.timestamp ?? 0));
    assert.ok(number(second.cpu?.usage_core_nano_seconds) > number(first.cpu?.usage_core_nano_seconds));
    const { memory } = second;
    assert.ok(number(memory?.usage_bytes) > 0 && number(memory?.page_faults) > 0);
    assert.ok(number(memory?.working_set_bytes) <= number(memory?.usage_bytes));
    assert.equal(number(memory?.available_bytes), 64 * mib - number(memory?.working_set_bytes));
    const whole = await podStats(pod);
    assert.deepEqual(whole.attributes?.metadata, { name: "busy", uid: "uid-busy", namespace: "e2e", attempt: 0 });
    assert.ok(number(whole.linux?.cpu?.usage_core_nano_seconds) >= number(second.cpu?.usage_core_nano_seconds));
    assert.equal(number(whole.linux?.process?.process_count), 2);
    assert.deepEqual(
      whole.linux?.containers.map(({ attributes }) => attributes?.id),
      [id],
    );
    await kubelet.endPod(pod);
    removeCgroup("e2e-figures");
  });

  it("traffic is counted in the pod's own network; a pod on the host's has none", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("net"));
    const id = await kubelet.run(pod, "app", "sleep 60");
    const before = (await podStats(pod)).linux?.network;
    assert.equal(before?.default_interface?.name, "eth0");
    assert.deepEqual(before.interfaces, []);
    const server = createServer((socket) => void socket.end(Buffer.alloc(mib))).listen(0, "0.0.0.0");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const gateway = await kubelet.shell(id, "ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p'");
    assert.equal(await kubelet.shell(id, `nc ${gateway} ${port} </dev/null | wc -c`), String(mib));
    server.close();
    const after = (await podStats(pod)).linux?.network?.default_interface;
    const grown = number(after?.rx_bytes) - number(before.default_interface.rx_bytes);
    assert.ok(grown >= mib && grown < 2 * mib, `${grown} bytes came in`);
    assert.ok(number(after?.tx_bytes) > number(before.default_interface.tx_bytes));
    assert.equal(number(after?.rx_errors), 0);

    const config = kubelet.podConfig("host", { linux: { security_context: { namespace_options: hostNetwork } } });
    const onHost = await kubelet.runPod(config);
    const { linux } = await podStats(onHost);
    assert.deepEqual([linux?.network, linux?.containers], [null, []]);
    for (const each of [pod, onHost]) await kubelet.endPod(each);
  });

  it("the writable layer grows by what is written, and each figure has its own time", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("layer"));
    const id = await kubelet.run(pod, "app", "sleep 60");
    const first = (await stats(id)).writable_layer;
    assert.equal(first?.fs_id?.mountpoint, `${bed.place}/root/containers`);
    await kubelet.shell(id, `dd if=/dev/zero of=/big bs=${mib} count=4 2>/dev/null; mkdir /d; touch /d/1 /d/2`);
    const grown = await eventually("a larger layer", 20_000, async () => {
      const { writable_layer: layer } = await stats(id);
      return layer && number(layer.used_bytes) > number(first.used_bytes) ? layer : undefined;
    });
    assert.ok(number(grown.used_bytes) - number(first.used_bytes) >= 4 * mib);
    assert.equal(number(grown.inodes_used) - number(first.inodes_used), 4);
    assert.ok(BigInt(grown.timestamp) > BigInt(first.timestamp));
    await kubelet.endPod(pod);
  });

  it("metrics of a pod have a value for every name but those that the kernel or the pod have nothing for", async () => {
    const { kubelet } = bed;
    const { cri } = kubelet;
    const pod = await kubelet.runPod(kubelet.podConfig("metrics"));
    const resources = {
      cpu_period: "100000",
      cpu_quota: "20000",
      cpu_shares: "1024",
      memory_limit_in_bytes: String(64 * mib),
      memory_swap_limit_in_bytes: String(64 * mib),
    };
    await kubelet.run(pod, "app", "sleep 60", { linux: { resources, security_context: kubelet.security } });
    const { descriptors } = await cri.call("ListMetricDescriptors", {});
    const { pod_metrics: all } = await cri.call("ListPodSandboxMetrics", {});
    const own = all.find(({ pod_sandbox_id: id }) => id === pod.id);
    const series = [...(own?.metrics ?? []), ...(own?.container_metrics.flatMap(({ metrics }) => metrics) ?? [])];
    const keys = new Map(descriptors.map(({ name, label_keys: labels }) => [name, labels.length]));
    assert.equal(keys.size, 56);
    for (const { name, label_values: labels } of series) assert.equal(labels.length, keys.get(name), name);
    const missing = [...keys.keys()].filter((name) => !series.some((each) => each.name === name));
    const excused = /_(blkio_device_usage|fs_(reads|writes)(_bytes)?)_total$|_hugetlb_|_pressure_/;
    assert.deepEqual(
      missing.filter((name) => !excused.test(name)),
      [],
    );
    const streamed = [];
    for await (const part of cri.stream("StreamPodSandboxMetrics", {})) streamed.push(...part.pod_sandbox_metrics);
    assert.deepEqual(
      streamed.map(({ pod_sandbox_id: id }) => id),
      [pod.id],
    );
    await kubelet.endPod(pod);
  });

  it("lists have what runs, by filter; who has ended still has a layer", async () => {
    const { kubelet } = bed;
    const { cri } = kubelet;
    const pods = [
      await kubelet.runPod(kubelet.podConfig("one", { labels: { a: "1" } })),
      await kubelet.runPod(kubelet.podConfig("two")),
    ];
    const [one, two] = pods as [Pod, Pod];
    const ids = [
      await kubelet.run(one, "a", "sleep 60", { labels: { tier: "front" } }),
      await kubelet.run(one, "b", "sleep 60"),
      await kubelet.run(two, "c", "sleep 60", { labels: { tier: "front" } }),
    ];
    const [a = "", b = "", c = ""] = ids;
    const created = await kubelet.create(two, kubelet.appConfig("d", "true"));
    const list = async (filter?: object) => {
      const { stats: all } = await cri.call("ListContainerStats", filter ? { filter } : {});
      const streamed = [];
      for await (const part of cri.stream("StreamContainerStats", filter ? { filter } : {}))
        streamed.push(...part.container_stats);
      const named = (each: ContainerStats) => each.attributes?.id ?? "";
      assert.deepEqual(streamed.map(named), all.map(named));
      return all.map(named).toSorted();
    };
    assert.deepEqual(await list(), ids.toSorted());
    assert.deepEqual(await list({ id: a.slice(0, 20) }), [a]);
    assert.deepEqual(await list({ pod_sandbox_id: one.id }), [a, b].toSorted());
    assert.deepEqual(await list({ label_selector: { tier: "front" } }), [a, c].toSorted());
    assert.deepEqual(await list({ id: a, label_selector: { tier: "back" } }), []);
    assert.deepEqual(await list({ id: unknown }), []);
    assert.deepEqual(await list({ id: created }), []);
    const podsBy = async (filter: object) =>
      (await cri.call("ListPodSandboxStats", { filter })).stats.map(({ attributes }) => attributes?.id);
    assert.deepEqual(await podsBy({ label_selector: { a: "1" } }), [one.id]);
    assert.deepEqual(await podsBy({ id: two.id }), [two.id]);

    await kubelet.stop(a);
    assert.deepEqual(await list(), [b, c].toSorted());
    const ended = await stats(a);
    assert.deepEqual([ended.cpu, ended.memory, ended.attributes?.id], [null, null, a]);
    assert.ok(number(ended.writable_layer?.inodes_used) > 0);
    await cri.call("StopPodSandbox", { pod_sandbox_id: one.id });
    const { linux } = await podStats(one);
    assert.deepEqual([linux?.cpu, linux?.network, linux?.containers], [null, null, []]);
    assert.deepEqual(await podsBy({}), [two.id]);
    for (const pod of pods) await kubelet.endPod(pod);
  });

  it("keeps files of cgroups and networks open while their owners live, and no longer", async () => {
    const { kubelet, daemon } = bed;
    const { pid } = daemon.life();
    const kept = (): readonly string[] =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        const link = linkOf(`/proc/${pid}/fd/${fd}`);
        return /^\/sys\/fs\/cgroup\/|\/net\/dev$/.test(link) ? [link] : [];
      });
    const pod = await kubelet.runPod(kubelet.podConfig("kept"));
    const id = await kubelet.run(pod, "app", "sleep 60");
    await podStats(pod);
    const open = kept();
    assert.ok(
      open.some((link) => link.includes(id)) && open.some((link) => link.endsWith("/net/dev")),
      open.join("\n"),
    );
    await podStats(pod);
    assert.deepEqual(kept().toSorted(), open.toSorted(), "a second reading opens nothing");
    await kubelet.stop(id);
    assert.deepEqual(
      kept().filter((link) => link.includes(id)),
      [],
    );
    await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id });
    assert.deepEqual(kept(), []);
    await kubelet.endPod(pod);
  });
});

/** A parent that was given is its giver's. */
const removeCgroup = (name: string): void => {
  const { hierarchies } = readLayout("/sys/fs/cgroup");
  for (const hierarchy of hierarchies) if (existsSync(join(hierarchy, name))) rmdirSync(join(hierarchy, name));
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
};
