import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import { nodeMetrics, type NodeMetricsSources } from "../../../src/composition/metrics/node-metrics.ts";
import { criMetrics } from "../../../src/grpc/metrics.ts";

const sources: NodeMetricsSources = {
  places: () => [
    { actor: "container/a", state: "running" },
    { actor: "container/b", state: "running" },
    { actor: "container/c", state: "stopping.waiting" },
    { actor: "leaked/rootfs/x", state: "resting" },
    { actor: "monitor-link", state: "connected" },
  ],
  quarantined: () => ["container/q"],
  stuck: () => [
    { longerThanMs: 30_000, byWait: new Map([["add", 2]]) },
    { longerThanMs: 120_000, byWait: new Map([["add", 1]]) },
    { longerThanMs: 600_000, byWait: new Map() },
  ],
  items: () => ({ "cri-calls": { length: 3, bound: 1000, refused: 7 } }),
  bytes: () => ({ "durable-store": { length: 4096, bound: 1 << 20, refused: 0 } }),
  sessions: () => 2,
  recorder: () => ({ segments: 4, bytes: 99, failures: 1, records: 1000, lost: 5 }),
  startedAtMs: 1_700_000_000_000,
};
const measured = (more: Partial<NodeMetricsSources> = {}) => {
  const registry = new Registry();
  return { registry, metrics: nodeMetrics(registry, { ...sources, ...more }) };
};
const move = (actor: string, from: string, to: string, ms: number) =>
  ({ actor, from, to, ms, event: "done", cause: 1 }) as const;

describe("the metrics of a node", () => {
  it("say who is where, who is in quarantine, what leaks and who is stuck, as it is when they are asked for", async () => {
    const { registry } = measured();
    for (let asked = 0; asked < 2; asked++) {
      const text = await registry.metrics();
      for (const line of [
        'troupe_actors{machine="container",state="running"} 2',
        'troupe_actors{machine="container",state="stopping.waiting"} 1',
        'troupe_actors{machine="monitor-link",state="connected"} 1',
        'troupe_actors_quarantined{machine="container"} 1',
        "troupe_leaks 1",
        'troupe_stuck{waits_for="add",longer_than="30s"} 2',
        'troupe_stuck{waits_for="add",longer_than="2m"} 1',
        "troupe_streaming_sessions 2",
      ])
        assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
      assert.doesNotMatch(text, /longer_than="10m"/);
    }
  });

  it("forget places that nobody is in any more", async () => {
    let places = sources.places();
    const { registry } = measured({ places: () => places });
    await registry.metrics();
    places = [];
    assert.doesNotMatch(await registry.metrics(), /troupe_actors\{/);
  });

  it("time the states in which something is under way, and no others", async () => {
    const { registry, metrics } = measured();
    metrics.moved(move("container/a", "", "choosing", 0));
    metrics.moved(move("container/a", "creating.mounting", "creating.bundling", 20));
    metrics.moved(move("container/a", "running", "stopping.asking", 3_600_000));
    const text = await registry.metrics();
    assert.match(text, /troupe_state_seconds_sum\{machine="container",state="creating\.mounting"\} 0\.02/);
    assert.match(text, /troupe_state_seconds_bucket\{le="0\.1",machine="container",state="creating\.mounting"\} 1/);
    assert.doesNotMatch(text, /state_seconds\S*state="(running|)"/);
  });

  it("count crashes, pulls by how they ended, and bytes of images", async () => {
    const { registry, metrics } = measured();
    metrics.crashed("container/a");
    metrics.moved(move("image-pull/p", "committing", "pulled", 1));
    metrics.moved(move("image-pull/q", "discarding", "cancelled", 1));
    metrics.moved(move("container/a", "creating.undoing", "failed", 1));
    metrics.fetched(1000);
    metrics.fetched(24);
    const text = await registry.metrics();
    assert.match(text, /troupe_actor_crashes_total\{machine="container"\} 1/);
    assert.match(text, /troupe_image_pulls_total\{outcome="pulled"\} 1/);
    assert.match(text, /troupe_image_pulls_total\{outcome="failed"\} 0/);
    assert.match(text, /troupe_image_pulls_total\{outcome="cancelled"\} 1/);
    assert.match(text, /troupe_image_pull_bytes_total 1024/);
  });

  it("have each queue with its bound and who was refused, however often they are asked for", async () => {
    const { registry } = measured();
    await registry.metrics();
    const text = await registry.metrics();
    for (const line of [
      'troupe_queue_length{queue="cri-calls"} 3',
      'troupe_queue_bound{queue="cri-calls"} 1000',
      'troupe_queue_refused_total{queue="cri-calls"} 7',
      'troupe_queue_bytes{queue="durable-store"} 4096',
      'troupe_queue_bound_bytes{queue="durable-store"} 1048576',
      'troupe_queue_refused_total{queue="durable-store"} 0',
      "troupe_recorder_records_total 1000",
      "troupe_recorder_lost_records_total 5",
    ])
      assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
  });

  it("have the process under its usual names", async () => {
    const { registry } = measured();
    const text = await registry.metrics();
    assert.match(text, /process_start_time_seconds 1700000000\n/);
    for (const name of [
      "process_resident_memory_bytes",
      "process_open_fds",
      "process_max_fds",
      "process_cpu_seconds_total",
    ])
      assert.match(text, new RegExp(`^${name} [\\d.]*[1-9]`, "m"));
  });

  it("are all in docs/metrics.md with their labels, and nothing else is", async () => {
    const { registry, close } = criMetrics();
    nodeMetrics(registry, sources);
    close();
    const there = registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
      return [name, labelNames.toSorted().join(", ")] as const;
    });
    const text = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
    const [, section = ""] = /^## Of the daemon\n(.*?)^## /ms.exec(text) ?? [];
    const told = [...section.matchAll(/^\| `(\w+)` +\| (.*?) *\|/gm)].map(
      ([, name = "", labels = ""]) =>
        [
          name,
          [...labels.matchAll(/`(\w+)`/g)]
            .map(([, label = ""]) => label)
            .toSorted()
            .join(", "),
        ] as const,
    );
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(there));
  });
});
