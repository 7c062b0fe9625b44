import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { scriptedBed, useConflist, useNetwork, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import { bridgeNetwork, type TestBed } from "../support/test-bed.ts";

/** Until the spec lets it go. */
const awaitGo = "echo $$ > $scripts/pid; while [ ! -e $scripts/go ]; do sleep 0.02; done";

describe("networks of pods whose daemon died", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  let network: string;
  before(async () => {
    ({ bed, plugin, network } = await scriptedBed("again"));
  });
  beforeEach(() => plugin.reset());
  afterEach(async (spec) => {
    plugin.reset();
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const letGo = (): void => writeFileSync(join(bed.logs, "scripted", "go"), "");
  const leases = (of: string): readonly string[] =>
    readdirSync(join("/var/lib/cni/networks", of)).filter((name) => /^\d/.test(name));

  it("killed in an ADD: the plugin ends by itself, then the next daemon undoes it, and the pod is made anew", async () => {
    const { kubelet, daemon } = bed;
    plugin.on("ADD", awaitGo);
    const config = kubelet.podConfig("pod");
    const cut = assert.rejects(kubelet.runPod(config), { code: "UNAVAILABLE" });
    const pid = await plugin.hanging();
    await daemon.kill();
    await cut;
    assert.equal(leases(network).length, 1);
    process.kill(pid, 0); // it outlives the daemon: half an ADD is worse than a whole one
    const starting = daemon.start();
    await eventually(
      "the next daemon",
      10_000,
      () => daemon.lines.some((line) => / · → watching/.test(line)) || undefined,
    );
    letGo();
    await starting;
    assert.deepEqual((await kubelet.cri.call("ListPodSandbox", {})).items, []);
    plugin.on("ADD", "");
    const pod = await kubelet.runPod(config);
    assert.deepEqual(plugin.calls(), ["ADD", "DEL", "ADD"]);
    assert.equal(leases(network).length, 1);
    await kubelet.endPod(pod);
  });

  it("killed in a DEL: the next daemon does it again, and the pod is stopped", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    plugin.on("DEL", awaitGo);
    const cut = assert.rejects(kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }), { code: "UNAVAILABLE" });
    await plugin.hanging();
    await daemon.kill();
    await cut;
    letGo();
    await daemon.start();
    await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id });
    assert.equal((await kubelet.podStatus(pod)).state, PodSandboxState.SANDBOX_NOTREADY);
    assert.deepEqual(leases(network), []);
    await kubelet.endPod(pod);
  });

  it("killed with a pod ready: it is ready again with its address, and its lease is given back at its end", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const before = await kubelet.podStatus(pod);
    await daemon.kill();
    await daemon.start();
    assert.deepEqual(await kubelet.podStatus(pod), before);
    assert.deepEqual(plugin.calls(), ["ADD"]);
    await kubelet.endPod(pod);
    assert.deepEqual(leases(network), []);
  });

  it("after a reboot, which took all that is in /run: leases of the pods that were are given back", async () => {
    const { kubelet, daemon } = bed;
    // A reboot takes the rules of the kernel as well; here nobody would, so the network makes none.
    const plain = bridgeNetwork(`${network}-plain`, [plugin.entry]).replace('"ipMasq":true', '"ipMasq":false');
    await useConflist(bed, plain);
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    assert.equal(leases(`${network}-plain`).length, 1);
    await daemon.kill();
    await eventually("the end of the monitor", 5000, () => monitorOf(daemon) === undefined || undefined);
    // A mount that is shown twice, at the place and behind it, goes at once.
    const targets = new Set(execFileSync("findmnt", ["-rn", "-o", "TARGET"], { encoding: "utf8" }).split("\n"));
    const pins = [...targets].filter((target) => target.startsWith(`${daemon.runDir}/`) || target.includes(pod.id));
    for (const pin of pins) execFileSync("umount", [pin]);
    rmSync(daemon.runDir, { recursive: true });
    for (const file of readdirSync("/run/netns")) if (file.includes(pod.id)) rmSync(join("/run/netns", file));
    await daemon.start();
    assert.deepEqual((await kubelet.cri.call("ListPodSandbox", {})).items, []);
    await eventually("the lease", 10_000, () => leases(`${network}-plain`).length === 0 || undefined);
    assert.deepEqual(plugin.calls(), ["ADD", "DEL"]);
    await useNetwork(bed, [plugin.entry]);
  });
});
