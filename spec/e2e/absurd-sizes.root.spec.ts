import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import type { CodeName } from "../../src/grpc/codes.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod, PodConfig } from "../support/kubelet.ts";
import { goodRequests } from "../support/good-requests.ts";
import { sent } from "../support/sent.ts";
import type { MethodName } from "../../src/grpc/contract.ts";
import type { Message } from "../support/bad-messages.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const MiB = 1 << 20;
/** Others are served meanwhile; a daemon that stalls is ten times behind that. */
const servedWithinMs = within(3000);
/** Three requests of sixteen megabytes, each in a few forms. */
const MOST_RESIDENT_KB = 700 * 1024;

const many = <Item>(count: number, item: (n: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, n) => item(n));
const named = (count: number, name: (n: number) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(many(count, (n) => [name(n), "v"]));

describe("requests of absurd sizes", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    bed = await testBed({ name: "absurd" });
    const { kubelet } = bed;
    mkdirSync(join(bed.logs, "mounted"));
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "sleep 100000");
    bed.rebase();
  });
  after(async () => {
    rmSync(join(bed.logs, "mounted"), { recursive: true });
    try {
      await bed.leavesNothing();
    } finally {
      await bed.kubelet.endPod(pod);
      await bed.end();
    }
  });

  /** Does it while others ask the daemon all the time: how long the slowest of them had to wait. */
  const whileOthersAsk = async (work: () => Promise<void>): Promise<number> => {
    const over = new AbortController();
    let slowest = 0;
    const others = (async () => {
      while (!over.signal.aborted) {
        const begun = performance.now();
        await bed.kubelet.cri.call("ListContainers", {});
        slowest = Math.max(slowest, performance.now() - begun);
        await turn();
      }
    })();
    await work().finally(() => over.abort());
    await others;
    return slowest;
  };
  const disturbsNobody = async (work: () => Promise<void>): Promise<void> => {
    const slowest = await whileOthersAsk(work);
    assert.ok(slowest < servedWithinMs, `somebody waited ${Math.round(slowest)} ms`);
  };

  const container = (more: AppConfig): Message => ({
    ...goodRequests(bed, pod, app).CreateContainer,
    config: bed.kubelet.appConfig("big", "true", more),
  });
  const sandbox = (more: PodConfig): Message => ({ config: bed.kubelet.podConfig("big", more), runtime_handler: "" });
  const secured = (more: object): AppConfig => ({
    linux: { security_context: { ...bed.kubelet.security, ...more } },
  });

  type Refusal = readonly [what: string, call: MethodName, request: () => Message, code: CodeName, words: RegExp];
  const tooLarge = /^the request has more than the 16777216 bytes that are taken$/;
  const tooMany = /has more than 400000 values in its \d+ bytes, which no pod needs; ask for less at once$/;
  const refusals: readonly Refusal[] = [
    [
      "a message beyond what any client of CRI sends",
      "CreateContainer",
      () => container({ annotations: { a: "x".repeat(17 * MiB) } }),
      "RESOURCE_EXHAUSTED",
      tooLarge,
    ],
    [
      "an annotation of a megabyte",
      "CreateContainer",
      () => container({ annotations: { a: "x".repeat(MiB) } }),
      "INVALID_ARGUMENT",
      /^config\.annotations have 1048577 bytes in all, more than the 524288 that lists of many objects have room for$/,
    ],
    [
      "labels of a megabyte, of a pod",
      "RunPodSandbox",
      () => sandbox({ labels: named(10_000, (n) => `${n}-${"x".repeat(60)}`) }),
      "INVALID_ARGUMENT",
      /^config\.labels have \d+ bytes in all, more than the 524288/,
    ],
    [
      "a million empty mounts",
      "CreateContainer",
      () => container({ mounts: many(1_000_000, () => ({})) }),
      "RESOURCE_EXHAUSTED",
      tooMany,
    ],
    [
      "half a million words",
      "ExecSync",
      () => ({ container_id: app, cmd: many(500_000, () => "x") }),
      "RESOURCE_EXHAUSTED",
      tooMany,
    ],
    [
      "70,000 groups",
      "CreateContainer",
      () => container(secured({ supplemental_groups: many(70_000, String) })),
      "INVALID_ARGUMENT",
      /supplemental_groups has 70000 groups, more than the 65536 that Linux takes$/,
    ],
    [
      "10,000 host ports where nobody maps any",
      "RunPodSandbox",
      () => sandbox({ port_mappings: many(10_000, (n) => ({ container_port: 80, host_port: n + 1 })) }),
      "INVALID_ARGUMENT",
      /host port/,
    ],
    [
      "10,000 sysctls that there are not",
      "RunPodSandbox",
      () =>
        sandbox({
          linux: { security_context: bed.kubelet.security, sysctls: named(10_000, (n) => `net.ipv4.none${n}`) },
        }),
      "INVALID_ARGUMENT",
      /sysctl "net\.ipv4\.none\d+" is not known to this kernel$/,
    ],
    [
      "a cgroup parent of three thousand folders",
      "RunPodSandbox",
      () => sandbox({ linux: { security_context: bed.kubelet.security, cgroup_parent: "/a".repeat(3000) } }),
      "INVALID_ARGUMENT",
      /^config\.linux\.cgroup_parent has 6000 bytes, more than the 1024 that such a path may have$/,
    ],
    [
      "100,000 ports to forward",
      "PortForward",
      () => ({ pod_sandbox_id: pod.id, port: many(100_000, () => 80) }),
      "INVALID_ARGUMENT",
      /^100000 ports; at most 32 can be forwarded at once$/,
    ],
  ];
  for (const [what, call, request, code, words] of refusals)
    it(`${what}: ${call} is refused in words`, () =>
      disturbsNobody(async () => {
        const told = await sent(bed.kubelet.cri, call, request());
        assert.match(told.text, words);
        assert.equal(told.code, code);
        assert.ok(told.text.length < 1000, `${told.text.length} characters`);
      }));

  /** A container that is large and good: it ends with what its shell has found. */
  const lives = (script: string, more: () => AppConfig): (() => Promise<void>) => {
    return () =>
      disturbsNobody(async () => {
        const { kubelet } = bed;
        const id = await kubelet.run(pod, "big", script, more());
        const { exit_code } = await kubelet.exited(id);
        assert.equal(exit_code, 0, kubelet.log(pod, "big").join("\n"));
        await kubelet.remove(id);
      });
  };

  it(
    "10,000 variables are the container's",
    lives("[ $(set | grep -c ^KEY_) = 10000 ]", () => ({
      envs: many(10_000, (n) => ({ key: `KEY_${n}`, value: Buffer.from(`value ${n}`) })),
    })),
  );

  it(
    "5,000 mounts are the container's",
    lives("[ $(grep -c ' /mounted/' /proc/self/mountinfo) = 5000 ]", () => ({
      mounts: many(5_000, (n) => ({ container_path: `/mounted/${n}`, host_path: join(bed.logs, "mounted") })),
    })),
  );

  it("10,000 labels are told as they were given", () =>
    disturbsNobody(async () => {
      const { kubelet } = bed;
      const labels = named(10_000, (n) => `label-${n}`);
      const id = await kubelet.create(pod, kubelet.appConfig("big", "true", { labels }));
      assert.deepEqual((await kubelet.status(id)).labels, labels);
      const label_selector = { "label-9999": "v" };
      const { containers } = await kubelet.cri.call("ListContainers", { filter: { label_selector } });
      assert.deepEqual(
        containers.map((one) => one.id),
        [id],
      );
      await kubelet.remove(id);
    }));

  it("an argument that no program can be given ends the container, whose log says why", async () => {
    const { kubelet } = bed;
    const id = await kubelet.run(pod, "big", "true", { args: ["x".repeat(MiB)] });
    const { exit_code, reason } = await kubelet.exited(id);
    assert.deepEqual([exit_code, reason], [1, "Error"]);
    assert.match(kubelet.log(pod, "big").join("\n"), /Argument list too long/);
    await kubelet.remove(id);
  });

  it("100,000 words are a command", async () => {
    const { code } = await bed.kubelet.exec(app, "echo", ...many(100_000, () => "x"));
    assert.equal(code, 0);
  });

  it("after all of that the daemon has not grown out of bounds", () => {
    const status = readFileSync(`/proc/${bed.daemon.life().pid}/status`, "utf8");
    const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    assert.ok(most < MOST_RESIDENT_KB, `${most} kB at its most`);
  });
});
