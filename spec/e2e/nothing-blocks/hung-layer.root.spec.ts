import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { within } from "../../../scripts/slow.ts";
import type { ContainerStats } from "../../../src/grpc/messages/stats.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { stuckMount, type StuckMount } from "../../support/stuck-mount.ts";
import { testBed, type TestBed } from "../../support/test-bed.ts";

const count = 50;

describe("a writable layer that does not answer", inTestNode, () => {
  let stuck: StuckMount;
  let bed: TestBed;
  before(async () => {
    stuck = await stuckMount();
    bed = await testBed({ name: "hung-layer" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    await stuck.end();
  });

  it("holds up no figure of fifty containers: each has its last layer, with the time of that, and all else is of now", async () => {
    const { kubelet } = bed;
    const list = async (): Promise<readonly ContainerStats[]> =>
      (await kubelet.cri.call("ListContainerStats", {})).stats.toSorted((one, other) =>
        (one.attributes?.id ?? "") < (other.attributes?.id ?? "") ? -1 : 1,
      );
    const layerTimes = (all: readonly ContainerStats[]) => all.map(({ writable_layer: layer }) => layer?.timestamp);
    const cpuTimes = (all: readonly ContainerStats[]) => all.map(({ cpu }) => BigInt(cpu?.timestamp ?? 0));

    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    for (let n = 0; n < count; n++) await kubelet.run(pod, `app-${n}`, "sleep 600");
    await eventually("fifty layers", 20_000, async () =>
      layerTimes(await list()).every((time) => time !== undefined) ? true : undefined,
    );
    const [first] = await list();
    const hung = join(bed.place, "root/containers", first?.attributes?.id ?? "", "upper/hung");
    mkdirSync(hung);
    execFileSync("mount", ["--bind", stuck.path, hung]);
    await stuck.hold();
    const waiting = stuck.holds(1);
    // A survey begins when its figures are old and somebody asks.
    const asking = new AbortController();
    void waiting.then(() => asking.abort());
    while (!asking.signal.aborted) await list().then(() => pause(100));

    let last = await list();
    for (let n = 0; n < 10; n++) {
      const asked = performance.now();
      const now = await list();
      const took = performance.now() - asked;
      assert.ok(took < within(200), `${took} ms`);
      assert.equal(now.length, count);
      assert.deepEqual(layerTimes(now), layerTimes(last));
      assert.ok(cpuTimes(now).every((time, at) => time > (cpuTimes(last)[at] ?? 0n)));
      last = now;
    }
    const { pod_metrics: metrics } = await kubelet.cri.call("ListPodSandboxMetrics", {});
    assert.equal(metrics[0]?.container_metrics.length, count);

    await stuck.answer();
    execFileSync("umount", ["-l", hung]);
    rmdirSync(hung);
    await kubelet.endPod(pod);
  });
});
