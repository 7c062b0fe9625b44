/**
 * Six pods that are stuck for real. Of each the commands and the error that the kubelet prints name what it truly waits for,
 * within a second, and say what ends it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { tryLock, type Lock } from "../../src/drivers/linux/flock.ts";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { busyboxImage, testImage } from "../support/busybox-image.ts";
import { troupeIn } from "../support/command.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { freeze } from "../support/freeze.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { hang, scriptedPlugin, useNetwork, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import { withSmallDisk } from "../support/small-disk.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("six pods that are stuck", inTestNode, () => {
  const repositories = new Map<string, Staged>();
  const held: ServerResponse[] = [];
  let registry: FakeRegistry;
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  before(async () => {
    registry = await stageRegistry(repositories);
    bed = await testBed({ name: "six", registries: [registry.host] });
    plugin = scriptedPlugin(bed);
    await useNetwork(bed, [plugin.entry]);
    bed.rebase();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    await registry[Symbol.asyncDispose]();
  });

  /** What `troupe explain` says, as one line: it must be there within a second of the daemon's time and ours. */
  const explained = async (...of: readonly string[]): Promise<string> => {
    const begun = performance.now();
    const { status, text, complaint } = await troupeIn(bed.place, "explain", ...of, "--stuck-after", "0");
    const ms = performance.now() - begun;
    assert.equal(status, 1, `${text}${complaint}`);
    assert.ok(ms < 1_000 * slack, `explained in ${Math.round(ms)} ms`);
    return text.replace(/\s+/g, " ");
  };
  /** Processes start slowly on a machine that runs other specs. */
  const slack = 3;

  /** What the kubelet is told a second before its patience ends, or earlier. */
  const refused = (call: Promise<unknown>, message: RegExp): Promise<void> => assert.rejects(call, { message });
  const deadlineMs = 2_500;

  it("CNI ADD hangs: the plugin is named, and the bound at which it is killed", async () => {
    const { kubelet } = bed;
    plugin.on("ADD", hang);
    const asked = refused(
      kubelet.runPod(kubelet.podConfig("add"), { deadlineMs }),
      /^RunPodSandbox of e2e\/add: .* waits for add \(network\.attach: plugin scripted, ADD, unchanged for \d\.\d s\), since \d\.\d s, for at most 180\.0 s; the work goes on, and a retry joins it$/,
    );
    const pid = await plugin.hanging();
    const text = await explained("e2e/add");
    assert.match(text, /waits for add: .*ADD.*plugin scripted/);
    assert.match(text, /ends when it is done, or as a failure in/);
    await asked;
    plugin.reset();
    process.kill(pid, "SIGKILL");
    await eventually(
      "the undo",
      10_000,
      async () => (await kubelet.cri.call("ListPodSandbox", {})).items.length === 0 || undefined,
    );
  });

  it("the registry stalls in the middle of a layer: image, bytes so far, and since when nothing came", async () => {
    const image = testImage([tar([{ name: "file", content: "x".repeat(100_000) }])]);
    const layer = (response: ServerResponse, blob: Buffer): void => {
      held.push(response);
      response.writeHead(200, { "content-length": blob.length });
      response.write(blob.subarray(0, blob.length >> 1));
    };
    repositories.set("stalls", { image, layer });
    const reference = `${registry.host}/stalls:tag`;
    const asked = refused(
      bed.kubelet.cri.call("PullImage", { image: { image: reference } }, { deadlineMs: 4_000 }),
      /is fetching, it waits for fetch \(images\.fetch: \d+ of \d+ bytes of \S+\/stalls:tag, unchanged for \d\.\d s\)/,
    );
    await eventually("the request", 5_000, () => held.length > 0 || undefined);
    const text = await explained();
    assert.match(text, /stalls:tag/);
    assert.match(text, /waits for fetch: .*\d+ of \d+ bytes of/);
    await asked;
    for (const response of held.splice(0)) response.destroy();
  });

  it("a process is frozen as it is stopped: SIGKILL is out, and the kernel holds it", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("frozen"));
    const app = await kubelet.run(pod, "app", "sleep 7201");
    freeze(app, true);
    try {
      const stop = { container_id: app, timeout: "1" };
      const asked = refused(
        kubelet.cri.call("StopContainer", stop, { deadlineMs: 5_000 }),
        /^StopContainer of app in e2e\/frozen: .* is stopping\.\w+, it waits for exited.*last trouble: the process has not ended after SIGKILL: the kernel may hold it/,
      );
      await eventually("SIGKILL", 10_000, async () => {
        return /after SIGKILL/.test(await kubelet.lifecycle(app)) || undefined;
      });
      const text = await explained("frozen");
      assert.match(text, /waits for exited: its process has been told to end, and has not/);
      assert.match(text, /the process has not ended after SIGKILL/);
      await asked;
    } finally {
      freeze(app, false);
    }
    await kubelet.endPod(pod);
  });

  it("a mount is busy as the container is removed: which one, and that it is tried again", async () => {
    const { kubelet, place } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("busy"));
    const app = await kubelet.run(pod, "app", "sleep 7202");
    const strange = join(place, "root", "containers", app, "held");
    mkdirSync(strange);
    execFileSync("mount", ["-t", "tmpfs", "stranger", strange]);
    try {
      const asked = refused(
        kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs }),
        /^RemoveContainer of app in e2e\/busy: .*last trouble: cannot remove the root filesystem of container \w+: EBUSY: .*\/held/,
      );
      await eventually("the trouble", 10_000, async () => /EBUSY/.test(await kubelet.lifecycle(app)) || undefined);
      const text = await explained("busy");
      assert.match(text, /EBUSY: .*\/held/);
      assert.match(text, /is tried again/);
      await asked;
    } finally {
      execFileSync("umount", [strange]);
    }
    await kubelet.endPod(pod);
  });

  it("the monitor is dead and cannot be started: who holds its place", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("orphan"));
    const dead = killAndAwait(monitorOf(daemon) ?? 0);
    const place: Lock = await eventually("the monitor's place", 5_000, () =>
      tryLock(join(daemon.runDir, "monitor.lock")),
    );
    await dead;
    try {
      const config = kubelet.appConfig("app", "exit 3");
      const asked = refused(
        kubelet.create(pod, config, { deadlineMs }),
        /^CreateContainer of app in e2e\/orphan: .*monitor/,
      );
      await eventually(
        "a link that fails",
        10_000,
        async () => !(await kubelet.isReady("RuntimeReady")).ok || undefined,
      );
      const text = await explained();
      assert.match(
        text,
        /monitor-link: stuck for \S+ m?s state connecting.* waits for connect: the monitor answers, or is started/,
      );
      assert.match(text, /look at `\/run\/troupe\/monitor\.log`/);
      await asked;
    } finally {
      place.release();
    }
    await eventually("a monitor", 20_000, async () => (await kubelet.isReady("RuntimeReady")).ok || undefined);
    await kubelet.endPod(pod);
  });

  it("the disk is full as a container is created: which disk, and that the kubelet's next try may do", async () => {
    const { kubelet, place, daemon } = bed;
    const root = join(place, "root");
    repositories.set("busybox", { image: busyboxImage() });
    await withSmallDisk(daemon, root, { bytes: 16 << 20, inodes: 2000 }, async (disk) => {
      const image = `${registry.host}/busybox:tag`;
      await kubelet.cri.call("PullImage", { image: { image } });
      const pod = await kubelet.runPod(kubelet.podConfig("full"));
      disk.fill("inodes");
      await refused(
        kubelet.create(pod, kubelet.appConfig("app", "true", { image: { image } }), { deadlineMs }),
        /^CreateContainer of app in e2e\/full: .*no space left on device/i,
      );
      const { text } = await troupeIn(place, "explain", "full");
      assert.match(
        text.replace(/\s+/g, " "),
        /^e2e\/full is at rest: .* refused CreateContainer, \S+ m?s ago: CreateContainer of app in e2e\/full: .*no space left on device/i,
      );
      disk.resize({ inodes: 2000 });
      await kubelet.endPod(pod);
    });
  });
});
