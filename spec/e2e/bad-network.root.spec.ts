import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { killAndAwait } from "../support/daemon.ts";
import { eventually, hostNetwork } from "../support/kubelet.ts";
import { hang, scriptedBed, useConflist, useNetwork, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import type { TestBed } from "../support/test-bed.ts";

const error = (code: number, msg: string): string =>
  `echo '${JSON.stringify({ cniVersion: "1.0.0", code, msg, details: "in detail" })}'; exit 1`;

describe("networks that do not work", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  before(async () => {
    ({ bed, plugin } = await scriptedBed("net"));
  });
  beforeEach(() => plugin.reset());
  afterEach(async (spec) => {
    plugin.reset();
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  it("a plugin that fails is told in its own words, and what the plugins before it did is undone", async () => {
    plugin.on("ADD", error(7, "no more of it"));
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("pod")), {
      code: "UNKNOWN",
      message: 'RunPodSandbox of e2e/pod: CNI plugin "scripted" failed in ADD: no more of it (code 7; in detail)',
    });
    assert.deepEqual(plugin.calls(), ["ADD", "DEL"]);
    assert.deepEqual((await bed.kubelet.cri.call("ListPodSandbox", {})).items, []);
  });

  it("a plugin that asks to be tried again later makes the pod Unavailable", async () => {
    plugin.on("ADD", error(11, "not now"));
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("pod")), {
      code: "UNAVAILABLE",
      message: 'RunPodSandbox of e2e/pod: CNI plugin "scripted" failed in ADD: not now (code 11; in detail)',
    });
  });

  it("a plugin that prints garbage is quoted", async () => {
    plugin.on("ADD", "echo 'hello, I am no JSON'; exit 0");
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("pod")), {
      code: "UNKNOWN",
      message:
        /^RunPodSandbox of e2e\/pod: CNI plugin "scripted" answered .*hello, I am no JSON.* to ADD, which is no JSON object$/,
    });
  });

  it("a plugin that dies of a signal is told so", async () => {
    plugin.on("ADD", "kill -9 $$");
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("pod")), {
      message: /^RunPodSandbox of e2e\/pod: CNI plugin "scripted" failed in ADD: it was ended by SIGKILL$/,
    });
  });

  it("a network that gives no address is refused", async () => {
    plugin.on("ADD", `echo '{"cniVersion":"1.0.0"}'; exit 0`);
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("pod")), {
      message: /^RunPodSandbox of e2e\/pod: CNI network ".*" gave sandbox [0-9a-f]{12} no address$/,
    });
  });

  it("a plugin that hangs: told before the deadline, joined by the next call, undone when it is killed", async () => {
    const { kubelet } = bed;
    plugin.on("ADD", hang);
    const config = kubelet.podConfig("pod");
    const begun = performance.now();
    await assert.rejects(kubelet.runPod(config, { deadlineMs: 3000 }), {
      code: "DEADLINE_EXCEEDED",
      message:
        /^RunPodSandbox of e2e\/pod: sandbox\/[0-9a-f]{64} is creating\.attaching, it waits for attached, since 2\.\d s; attachment\/[0-9a-f]{64} is adding, it waits for add \(network\.attach: plugin \w+, ADD(, unchanged for \d\.\d s)?\), since \d\.\d s, for at most 180\.0 s; the work goes on, and a retry joins it$/,
    });
    const took = performance.now() - begun;
    assert.ok(took > 1500 && took < 2600, `${took} ms`);
    assert.deepEqual((await kubelet.cri.call("ListPodSandbox", {})).items, []);

    const joined = assert.rejects(kubelet.runPod(config), {
      message: /"scripted" failed in ADD: it was ended by SIGKILL$/,
    });
    await kubelet.cri.call("Version", {}); // calls of one connection arrive in their order
    await killAndAwait(await plugin.hanging());
    await joined;
    assert.deepEqual(plugin.calls(), ["ADD", "DEL"]);
  });

  it("a pod stuck in its network gives way to another configuration of the same name", async () => {
    const { kubelet } = bed;
    plugin.on("ADD", hang);
    const first = assert.rejects(kubelet.runPod(kubelet.podConfig("pod")), { message: /SIGKILL|superseded/ });
    const pid = await plugin.hanging();
    plugin.on("ADD", "");
    const second = kubelet.runPod(kubelet.podConfig("pod", { hostname: "another" }));
    await kubelet.cri.call("Version", {});
    await killAndAwait(pid);
    await first;
    const pod = await second;
    assert.equal((await kubelet.podStatus(pod)).state, 0);
    assert.deepEqual(plugin.calls(), ["ADD", "DEL", "ADD"]);
    await kubelet.endPod(pod);
  });

  it("a DEL that hangs: told before the deadline, and done when it is killed", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    plugin.on("DEL", hang);
    await assert.rejects(kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }, { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message:
        /^StopPodSandbox of e2e\/pod: .* is stopping\.detaching, it waits for detached, .* is deleting, it waits for delete \(network\.detach: plugin \w+, DEL.*\), since /,
    });
    assert.equal((await kubelet.podStatus(pod)).state, 1);
    const pid = await plugin.hanging();
    plugin.on("DEL", "");
    await killAndAwait(pid);
    await kubelet.endPod(pod);
  });

  it("a DEL that fails is tried again until it is done, and its words are told meanwhile", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    plugin.on("DEL", error(99, "the backend is away"));
    await assert.rejects(kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }, { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message: /failed in DEL: the backend is away \(code 99; in detail\)/,
    });
    plugin.on("DEL", "");
    await kubelet.endPod(pod);
  });

  it("a plugin that fails in DEL too: both are told, the name is free at once, and the undoing goes on", async () => {
    const { kubelet } = bed;
    plugin.on("ADD", error(7, "no more of it"));
    plugin.on("DEL", error(99, "the backend is away"));
    await assert.rejects(kubelet.runPod(kubelet.podConfig("pod"), { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message:
        /undoing it after: CNI plugin "scripted" failed in ADD: no more of it .* failed in DEL: the backend is away/,
    });
    plugin.reset();
    await kubelet.endPod(await kubelet.runPod(kubelet.podConfig("pod")));
    // The pod's own two, and the DEL that was still owed, whenever its next try came.
    await eventually("the undoing", 20_000, () => Promise.resolve(plugin.calls().length === 3 ? true : undefined));
    assert.deepEqual(plugin.calls().toSorted(), ["ADD", "DEL", "DEL"]);
  });

  it("without a network: NotReady with the reason; pods of the host's network run, others are refused in words", async () => {
    const { kubelet } = bed;
    await useConflist(bed);
    const message = `no CNI configuration file in ${bed.networkDir}: has your network provider been started?`;
    assert.deepEqual(await kubelet.isReady("NetworkReady"), {
      ok: false,
      reason: "NetworkPluginNotReady",
      message: `Network plugin returns error: ${message}`,
    });
    assert.ok((await kubelet.isReady("RuntimeReady")).ok);
    const refusal = { code: "UNAVAILABLE", message: `RunPodSandbox of e2e/pod: no pod network: ${message}` };
    await assert.rejects(kubelet.runPod(kubelet.podConfig("pod")), refusal);

    const linux = { security_context: { namespace_options: hostNetwork } };
    const pod = await kubelet.runPod(kubelet.podConfig("host", { linux }));
    // Like crictl's, its configuration says nothing of namespaces: they are the pod's.
    const app = await kubelet.run(pod, "app", "sleep 60", { linux: null });
    const links = await kubelet.shell(app, "ls /sys/class/net");
    assert.ok(links.split("\n").includes(`cni${process.pid}`), links);
    assert.equal((await kubelet.podStatus(pod)).network?.ip, "");

    await useNetwork(bed, [plugin.entry]);
    await eventually("a network", 5000, async () => ((await kubelet.isReady("NetworkReady")).ok ? true : undefined));
    assert.equal((await kubelet.status(app)).state, 1);
    await kubelet.endPod(pod);
  });

  it("a network that cannot be used is NotReady, with what is wrong with each file", async () => {
    const { kubelet } = bed;
    await useConflist(bed);
    await useConflist(bed, "{ half a file");
    const broken = await kubelet.isReady("NetworkReady");
    assert.match(broken.message, /no usable CNI configuration in .*: 10-bridge\.conflist: .*JSON/);
    await useNetwork(bed, [{ type: "no-such-plugin" }]);
    const missing = await kubelet.isReady("NetworkReady");
    assert.match(missing.message, /10-bridge\.conflist: CNI plugin "no-such-plugin" is in none of /);
    await useNetwork(bed, [plugin.entry]);
  });

  it("a host port is refused where no plugin maps ports, and mapped where one does", async () => {
    const { kubelet } = bed;
    const port_mappings = [{ container_port: 8080, host_port: 18_080 }];
    await assert.rejects(kubelet.runPod(kubelet.podConfig("pod", { port_mappings })), {
      code: "INVALID_ARGUMENT",
      message:
        /^RunPodSandbox of e2e\/pod: the pod asks for host port 18080, and no plugin of CNI network ".*" maps ports: add the portmap plugin/,
    });
    await useNetwork(bed, [{ type: "portmap", capabilities: { portMappings: true } }]);
    const pod = await kubelet.runPod(kubelet.podConfig("pod", { port_mappings }));
    const script = "mkdir /www; echo mapped > /www/index.html; echo serving; exec httpd -f -p 8080 -h /www";
    await kubelet.run(pod, "web", script);
    const gateway = (await kubelet.podStatus(pod)).network?.ip.replace(/\d+$/, "1");
    const page = await eventually("the page", 5000, () =>
      fetch(`http://${gateway}:18080/`).then(
        (answer) => answer.text(),
        () => undefined,
      ),
    );
    assert.equal(page.trim(), "mapped");
    await kubelet.endPod(pod);
    await assert.rejects(fetch(`http://${gateway}:18080/`));
    await useNetwork(bed, [plugin.entry]);
  });
});
