import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { initOf } from "../../../scripts/demo/witness.ts";
import { ContainerState } from "../../../src/grpc/messages/container.ts";
import { Bystanders, prompt } from "../../support/bystanders.ts";
import { killAndAwait, monitorOf } from "../../support/daemon.ts";
import { freezableDisk, type FreezableDisk } from "../../support/freezable-disk.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually, type Pod } from "../../support/kubelet.ts";
import { testBed, type TestBed } from "../../support/test-bed.ts";

const spoken = "n=0; while :; do n=$((n + 1)); echo line $n; sleep 0.01; done";

describe("a log disk that is frozen", inTestNode, () => {
  let disk: FreezableDisk;
  let bed: TestBed;
  before(async () => {
    disk = freezableDisk();
    bed = await testBed({ name: "freeze" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    disk.end();
  });

  const podOnIt = (name: string): Promise<Pod> =>
    bed.kubelet.runPod(bed.kubelet.podConfig(name, { log_directory: join(disk.path, name) }));
  /** All lines from the first on, none lost, none twice. */
  const isWhole = (lines: readonly string[]): void =>
    assert.deepEqual(
      lines,
      lines.map((_, n) => `line ${n + 1}`),
    );

  it("holds up its own logs alone: all other pods go on, theirs are stopped all the same, and no line is lost", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2);
    const pod = await podOnIt("pod");
    const app = await kubelet.run(pod, "app", spoken);
    const kept = await kubelet.run(pod, "kept", spoken);
    await kubelet.logged(pod, "app", "line 3");
    await kubelet.logged(pod, "kept", "line 3");
    await disk.frozen(async () => {
      await bystanders.goOn();
      // Two seconds are what a container's last words are given to get into its log.
      await prompt("StopContainer of the frozen pod", kubelet.stop(app, 0), 2_000 + 1_500);
      assert.equal((await kubelet.status(app)).exit_code, 137);
      const told = (): true | undefined =>
        readFileSync(join(bed.daemon.runDir, "monitor.log"), "utf8").includes(
          `the log of container "${app}" has not taken all within 2000 ms: what it writes is kept`,
        ) || undefined;
      await eventually("the monitor's word", 5_000, told);
      assert.equal((await kubelet.status(kept)).state, ContainerState.CONTAINER_RUNNING);
      assert.equal(await kubelet.shell(kept, "echo on"), "on");
      await bystanders.goOn();
      await kubelet.endPod(await podOnIt("new"));
    });
    const last = await kubelet.shell(kept, "echo on");
    assert.equal(last, "on");
    await eventually("what was kept", 5_000, () => kubelet.log(pod, "kept").length > 100 || undefined);
    await kubelet.endPod(pod);
    isWhole(kubelet.log(pod, "kept"));
    isWhole(kubelet.log(pod, "app"));
  });

  it("has StartContainer wait for the log's file, for a second at most: who reads logs opens it as soon as that has answered", async () => {
    const { kubelet } = bed;
    const pod = await podOnIt("start");
    let hasLog = Promise.resolve(false);
    await disk.frozen(async () => {
      const late = await kubelet.create(pod, kubelet.appConfig("late", "exec sleep 98764"));
      await prompt("StartContainer on the frozen disk", kubelet.start(late), 1_000 + 1_500);
      const app = await kubelet.create(pod, kubelet.appConfig("app", "exec sleep 98765"));
      hasLog = kubelet.start(app).then(() => existsSync(join(disk.path, "start", "app.log")));
      await eventually("its program", 5_000, () => initOf("98765"));
    });
    assert.ok(await hasLog);
    await kubelet.endPod(pod);
  });

  it("and the monitor killed after it was thawed: its successor finds the journal of each lane, and no line is lost", async () => {
    const { kubelet, daemon } = bed;
    const [pod, beside] = [await podOnIt("killed"), await kubelet.runPod(kubelet.podConfig("beside"))];
    await kubelet.run(pod, "app", spoken);
    await kubelet.run(beside, "app", spoken);
    await kubelet.logged(pod, "app", "line 3");
    await disk.frozen(async () => {
      await kubelet.logged(beside, "app", "line 20");
    });
    await killAndAwait(monitorOf(daemon));
    await eventually("a monitor", 20_000, async () => (await kubelet.isReady("RuntimeReady")).ok || undefined);
    const [seen, seenBeside] = [kubelet.log(pod, "app").length, kubelet.log(beside, "app").length];
    await kubelet.logged(pod, "app", `line ${seen + 10}`);
    await kubelet.logged(beside, "app", `line ${seenBeside + 10}`);
    for (const each of [pod, beside]) {
      await kubelet.endPod(each);
      isWhole(kubelet.log(each, "app"));
    }
  });
});
