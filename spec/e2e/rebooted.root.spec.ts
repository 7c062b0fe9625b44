import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { seal } from "../../src/drivers/records/envelope.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { losePower, otherBoots } from "../support/power.ts";
import { useNetwork, scriptedPlugin, useConflist, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import { bridgeNetwork, testBed, type TestBed } from "../support/test-bed.ts";

describe("a run directory that a reboot has not emptied", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  let plain: string;
  before(async () => {
    bed = await testBed({ name: "boot" });
    // A reboot takes the kernel's rules as well; here nobody would, so the network makes none.
    plugin = scriptedPlugin(bed);
    const network = await useNetwork(bed, [plugin.entry]);
    plain = `${network}-plain`;
    await useConflist(bed, bridgeNetwork(plain, [plugin.entry]).replace('"ipMasq":true', '"ipMasq":false'));
    bed.rebase();
  });
  afterEach(async (spec) => {
    plugin.reset();
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const leases = (): readonly string[] =>
    readdirSync(join("/var/lib/cni/networks", plain)).filter((name) => /^\d/.test(name));
  const nothingListed = async (): Promise<void> => {
    const { cri } = bed.kubelet;
    assert.deepEqual((await cri.call("ListPodSandbox", {})).items, []);
    assert.deepEqual((await cri.call("ListContainers", {})).containers, []);
  };

  it("is of the past: no pod of it is listed, its networks are given back, its layers go, and its names are free", async () => {
    const { kubelet, daemon, place } = bed;
    const config = kubelet.podConfig("pod");
    const pod = await kubelet.runPod(config);
    const app = await kubelet.run(pod, "app", "exec sleep 7201");
    const ended = await kubelet.run(pod, "ended", "exit 4");
    await kubelet.exited(ended);
    const init = await eventually("the process of app", 2000, () => initOf("sleep\u00007201"));
    assert.equal(leases().length, 1);
    await losePower(daemon, [init]);
    const runDir = readdirSync(daemon.runDir).filter((name) => !/^(boot|(daemon|monitor)\.lock)$/.test(name));
    const inodes = new Map(runDir.map((name) => [name, lstatSync(join(daemon.runDir, name)).ino]));
    assert.ok(existsSync(join(daemon.runDir, "container", `${app}.json`)));

    const boots = otherBoots(join(bed.logs, "boot_id"));
    try {
      await daemon.start();
      await nothingListed();
      assert.match(daemon.lines.join("\n"), /\/run is of another boot: 1 sandboxes and 2 containers are of the past/);
      await eventually("the lease", 10_000, () => leases().length === 0 || undefined);
      assert.deepEqual(plugin.calls(), ["ADD", "DEL"]);
      await eventually("layers", 10_000, () => readdirSync(join(place, "root/containers")).length === 0 || undefined);
      assert.ok(!existsSync(`/run/netns/troupe-${pod.id}`));
      // Whatever is new in the run directory some day has to go as well.
      for (const [name, inode] of inodes)
        assert.notEqual(lstatSync(join(daemon.runDir, name), { throwIfNoEntry: false })?.ino, inode, name);

      const again = await kubelet.runPod(config);
      const fresh = await kubelet.run(again, "app", "exec sleep 60");
      await daemon.kill();
      await daemon.start(); // of the same boot
      assert.equal(await kubelet.shell(fresh, "echo on"), "on");
      await kubelet.endPod(again);
    } finally {
      boots.end();
    }

    // And the first boot once more is another one again, as far as anybody can tell.
    await kubelet.runPod(config);
    await losePower(daemon, []);
    await daemon.start();
    await nothingListed();
    await eventually("the lease", 10_000, () => leases().length === 0 || undefined);
    await eventually("a monitor", 20_000, async () => ((await kubelet.isReady("RuntimeReady")).ok ? true : undefined));
  });

  it("that only says so is of this boot: what runs in it is not touched", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "exec sleep 7202");
    const init = await eventually("the process of app", 2000, () => initOf("sleep\u00007202"));
    const mark = join(daemon.runDir, "boot");
    const lie = (): void =>
      writeFileSync(mark, seal({ ...(JSON.parse(readFileSync(mark, "utf8")) as object), boot: "of another" }, format));
    const format = { program: "0.1.0", steps: [] };
    const servesIt = async (why: RegExp): Promise<void> => {
      await daemon.start();
      assert.match(daemon.lines.join("\n"), why);
      assert.equal((await kubelet.podStatus(pod)).state, 0);
      assert.equal((await kubelet.status(app)).state, 1);
      assert.ok(isThere(init));
    };
    await daemon.kill();
    lie();
    await servesIt(/says that it is of another boot, but its monitor lives: it is taken for this boot's/);
    assert.equal(await kubelet.shell(app, "echo on"), "on");

    const monitor = monitorOf(daemon);
    await daemon.kill();
    await killAndAwait(monitor);
    lie();
    await servesIt(/says that it is of another boot, but something is mounted at \S+: it is taken for this boot's/);
    assert.equal(leases().length, 1);
    await kubelet.endPod(pod);
    assert.ok(!isThere(init));
  });
});
