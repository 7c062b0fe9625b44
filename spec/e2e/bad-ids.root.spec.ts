import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const unknown = "f".repeat(64);

describe("ids that are not known, or not whole", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "ids" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  it("Stop and Remove of what is not there are done", async () => {
    const { cri } = bed.kubelet;
    for (const id of [unknown, unknown.slice(0, 12), "no id at all", "../../etc"]) {
      await cri.call("StopPodSandbox", { pod_sandbox_id: id });
      await cri.call("RemovePodSandbox", { pod_sandbox_id: id });
      await cri.call("StopContainer", { container_id: id, timeout: "3" });
      await cri.call("RemoveContainer", { container_id: id });
    }
  });

  it("whatever needs the object says NotFound, and names it", async () => {
    const { cri, podConfig, appConfig } = {
      cri: bed.kubelet.cri,
      podConfig: bed.kubelet.podConfig("p"),
      appConfig: bed.kubelet.appConfig("a", "true"),
    };
    const sandbox = { code: "NOT_FOUND", message: `sandbox "${unknown}" is not known to this runtime` };
    const container = { code: "NOT_FOUND", message: `container "${unknown}" is not known to this runtime` };
    await assert.rejects(cri.call("PodSandboxStatus", { pod_sandbox_id: unknown }), sandbox);
    const creation = { pod_sandbox_id: unknown, config: appConfig, sandbox_config: podConfig };
    await assert.rejects(cri.call("CreateContainer", creation), sandbox);
    await assert.rejects(cri.call("PodSandboxStats", { pod_sandbox_id: unknown }), sandbox);
    await assert.rejects(cri.call("ContainerStatus", { container_id: unknown }), container);
    await assert.rejects(cri.call("ContainerStats", { container_id: unknown }), container);
    await assert.rejects(cri.call("StartContainer", { container_id: unknown }), container);
    await assert.rejects(cri.call("ExecSync", { container_id: unknown, cmd: ["true"] }), container);
  });

  it("lists with an unknown id are empty", async () => {
    const { cri } = bed.kubelet;
    assert.deepEqual((await cri.call("ListPodSandbox", { filter: { id: unknown } })).items, []);
    assert.deepEqual((await cri.call("ListContainers", { filter: { id: unknown } })).containers, []);
    assert.deepEqual((await cri.call("ListContainers", { filter: { pod_sandbox_id: unknown } })).containers, []);
    assert.deepEqual((await cri.call("ListPodSandboxStats", { filter: { id: unknown } })).stats, []);
    assert.deepEqual((await cri.call("ListContainerStats", { filter: { id: unknown } })).stats, []);
  });

  it("an empty id is refused, by Stop and Remove too", async () => {
    const { cri } = bed.kubelet;
    const sandbox = { code: "INVALID_ARGUMENT", message: "pod_sandbox_id is empty" };
    const container = { code: "INVALID_ARGUMENT", message: "container_id is empty" };
    await assert.rejects(cri.call("StopPodSandbox", {}), sandbox);
    await assert.rejects(cri.call("RemovePodSandbox", {}), sandbox);
    await assert.rejects(cri.call("PodSandboxStatus", {}), sandbox);
    await assert.rejects(cri.call("PodSandboxStats", {}), sandbox);
    await assert.rejects(cri.call("StopContainer", {}), container);
    await assert.rejects(cri.call("RemoveContainer", {}), container);
    await assert.rejects(cri.call("StartContainer", {}), container);
    await assert.rejects(cri.call("ContainerStatus", {}), container);
    await assert.rejects(cri.call("ContainerStats", {}), container);
    await assert.rejects(cri.call("ExecSync", { cmd: ["true"] }), container);
  });

  it("a prefix that one id has means that one, a prefix of several is refused and does nothing", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("prefix"));
    // Of seventeen ids two begin with the same of sixteen digits.
    const ids: string[] = [];
    for (let n = 0; n < 17; n++) ids.push(await kubelet.create(pod, kubelet.appConfig(`app-${n}`, "sleep 60")));
    const digit = "0123456789abcdef".split("").find((one) => ids.filter((id) => id.startsWith(one)).length > 1) ?? "";

    const ambiguous = {
      code: "INVALID_ARGUMENT",
      message: /^container id "." is ambiguous: it begins \d+ ids; give more digits$/,
    };
    await assert.rejects(kubelet.status(digit), ambiguous);
    await assert.rejects(kubelet.cri.call("ContainerStats", { container_id: digit }), ambiguous);
    await assert.rejects(kubelet.start(digit), ambiguous);
    await assert.rejects(kubelet.stop(digit), ambiguous);
    await assert.rejects(kubelet.remove(digit), ambiguous);
    await assert.rejects(kubelet.exec(digit, "true"), ambiguous);
    const { containers } = await kubelet.cri.call("ListContainers", {});
    assert.equal(containers.length, ids.length);

    const [first = ""] = ids;
    const short = first.slice(0, 20);
    assert.equal((await kubelet.status(short)).id, first);
    await kubelet.start(short);
    assert.equal(await kubelet.shell(short, "echo here"), "here");
    await kubelet.stop(short);
    await kubelet.remove(short);
    await assert.rejects(kubelet.status(first), { code: "NOT_FOUND" });
    assert.equal((await kubelet.podStatus({ id: pod.id.slice(0, 20) })).id, pod.id);
    await kubelet.endPod({ id: pod.id.slice(0, 20) });
  });
});
