import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId, SandboxId } from "../../src/vocabulary/index.ts";
import { containerActorId, podActorId, sandboxActorId } from "../../src/vocabulary/actor-ids.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { crash } from "../support/crash.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const sandboxOn = (node: FakeNode, name: string): Promise<SandboxId> =>
  node.done(node.runtime.runSandbox({ ...configured(sandboxConfig(name)), handler: "" }, patient()));
const containerIn = async (node: FakeNode, sandboxId: SandboxId, name = "app"): Promise<ContainerId> => {
  const asked = { ...configured(containerConfig(name)), sandboxId };
  const id = await node.done(node.runtime.createContainer(asked, patient()));
  await node.done(node.runtime.startContainer(id, patient()));
  return id;
};

describe("a crashed actor", () => {
  it("is started again, probes, and has its container again", async () => {
    const node = new FakeNode();
    const container = await containerIn(node, await sandboxOn(node, "web"));
    crash(node, containerActorId(container));
    node.world.made.length = 0;
    node.world.advance(1_000);
    const probed = ["runtime.settle", "monitor.look"]; // it runs as its record says
    assert.deepEqual(
      node.world.made,
      probed.map((call) => `${call} ${container}`),
    );
    await node.done(node.runtime.stopContainer(container, 1_000, patient()));
    assert.equal(node.runtime.container(container).state, "exited");
    assert.deepEqual(node.defects, []);
  });

  it("keeps its callers: whoever waited for its work still gets the answer", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const container = await containerIn(node, await sandboxOn(node, "web"));
    const stopped = node.runtime.stopContainer(container, 5_000, patient());
    node.world.settle();
    crash(node, containerActorId(container));
    node.world.advance(10_000);
    await stopped;
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM", "KILL"]);
  });

  it("tells whoever waited for a start that it failed, also behind the record of that", async () => {
    const node = new FakeNode();
    const sandboxId = await sandboxOn(node, "web");
    const asked = { ...configured(containerConfig()), sandboxId };
    const container = await node.done(node.runtime.createContainer(asked, patient()));
    node.world.fail("runtime.start", "crun: no such program");
    node.world.hold("monitor.acknowledge");
    const started = node.runtime.startContainer(container, patient());
    node.world.advance(1_000);
    assert.equal(node.system.stateOf(containerActorId(container)), "settling.acknowledging");
    crash(node, containerActorId(container));
    node.world.release("monitor.acknowledge");
    node.world.advance(1_000);
    await assert.rejects(started, { message: /crun: no such program$/ });
    // That it failed says nothing of what comes behind it.
    await node.done(node.runtime.stopContainer(container, 1_000, patient()));
    crash(node, containerActorId(container));
    node.world.advance(1_000);
    await node.done(node.runtime.removeContainer(container, patient()));
    assert.deepEqual(node.defects, []);
  });

  it("that crashes at each start is quarantined, and its neighbours never notice", async () => {
    const node = new FakeNode();
    const sandbox = await sandboxOn(node, "web");
    const poisoned = await containerIn(node, sandbox, "poisoned");
    const healthy = await containerIn(node, sandbox, "healthy");
    for (let i = 0; i < 4; i++) {
      crash(node, containerActorId(poisoned));
      node.world.advance(2_000);
    }
    await assert.rejects(
      node.done(node.runtime.stopContainer(poisoned, 0, patient())),
      /quarantined after repeated crashes/,
    );
    await node.done(node.runtime.stopContainer(healthy, 1_000, patient()));
    assert.equal(node.runtime.container(healthy).state, "exited");
    const other = await sandboxOn(node, "other");
    assert.equal(node.runtime.sandbox(other).ready, true);
  });

  it("leaves quarantine by the operator's retry", async () => {
    const node = new FakeNode();
    const sandbox = await sandboxOn(node, "web");
    const container = await containerIn(node, sandbox);
    for (let i = 0; i < 4; i++) {
      crash(node, containerActorId(container));
      node.world.advance(2_000);
    }
    node.system.tell(podActorId(sandbox), { type: "retry", id: containerActorId(container) });
    node.world.settle();
    await node.done(node.runtime.stopContainer(container, 1_000, patient()));
    assert.equal(node.runtime.container(container).state, "exited");
  });

  it("that is a whole pod comes back with all that its records say", async () => {
    const node = new FakeNode();
    const sandbox = await sandboxOn(node, "web");
    const container = await containerIn(node, sandbox);
    crash(node, podActorId(sandbox));
    node.world.advance(1_000);
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    assert.deepEqual([...node.ledger], []);
    assert.equal(node.system.find(containerActorId(container)), undefined);
  });

  it("that is a pod of which nobody is left has nothing to begin, and ends", () => {
    const node = new FakeNode();
    const pod = podActorId("0abc");
    node.system.tell("pods", { type: "spawn", child: { kind: "pod", id: pod, input: { id: pod } } });
    assert.equal(node.system.find(pod), undefined);
  });

  it("that is the daemon's life is told again that everybody knows where they stand", () => {
    const node = new FakeNode();
    crash(node, "life");
    node.world.advance(500);
    assert.equal(node.system.stateOf("life"), "serving");
  });
});

describe("a daemon that died", () => {
  it("finds its running container again, and one that ended meanwhile with its code", async () => {
    const node = new FakeNode();
    const sandbox = await sandboxOn(node, "web");
    const running = await containerIn(node, sandbox, "running");
    const ended = await containerIn(node, sandbox, "ended");
    node.system.close();
    node.exit(ended, { code: 7 });
    node.restart();
    assert.equal(node.runtime.container(running).state, "running");
    const { state, exit } = node.runtime.container(ended);
    assert.equal(state, "exited");
    assert.deepEqual({ ...exit, at: "" }, { code: 7, oomKilled: false, at: "" });
    assert.deepEqual(node.defects, []);
  });

  it("shows a container as running that was started, however little of that was written down", async () => {
    const node = new FakeNode();
    const sandbox = await sandboxOn(node, "web");
    const asked = { ...configured(containerConfig()), sandboxId: sandbox };
    const id = await node.done(node.runtime.createContainer(asked, patient()));
    node.runtime.startContainer(id, patient()).catch(() => undefined);
    node.world.hold("records.putContainer");
    node.processes.get(id)!.status = "running";
    node.disk.containers.set(id, {
      ...node.disk.containers.get(id)!,
      memo: { ...node.disk.containers.get(id)!.memo!, phase: "starting" },
    });
    node.restart();
    assert.equal(node.runtime.container(id).state, "running");
  });

  it("undoes what was never told to anyone, whatever step it died at", async () => {
    const steps = ["records.putSandbox", "namespaces.pin", "sandboxFiles.prepare", "network.attach"];
    for (const step of steps) {
      const node = new FakeNode();
      node.world.hold(step);
      const lost = node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient());
      lost.catch(() => undefined);
      node.world.settle();
      node.restart();
      assert.deepEqual([...node.ledger], [], `after a death in ${step}`);
      assert.equal((await sandboxOn(node, "web")).length, 64);
      assert.deepEqual(node.defects, []);
    }
  });

  it("goes on with a stop where it was: the deadline holds, and TERM is not sent twice", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const container = await containerIn(node, await sandboxOn(node, "web"));
    node.runtime.stopContainer(container, 30_000, patient()).catch(() => undefined);
    node.world.advance(10_000);
    node.restart();
    const stopped = node.runtime.stopContainer(container, 60_000, patient());
    node.world.advance(19_990);
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM"]);
    node.world.advance(20);
    await stopped;
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM", "KILL"]);
  });

  it("serves only when it has looked at everything it found", async () => {
    const node = new FakeNode();
    await containerIn(node, await sandboxOn(node, "web"));
    node.restart();
    const lives = node.transitions.filter(({ actor }) => actor === "life").map(({ to }) => to);
    const life = ["recovering", "opening", "serving"];
    assert.deepEqual(lives, [...life, ...life]);
    const serving = node.transitions.findLastIndex(({ to }) => to === "serving");
    const looked = node.transitions.findLastIndex(
      ({ to, actor }) => to === "running" && actor.startsWith("container/"),
    );
    assert.ok(looked < serving);
  });

  it("after a reboot gives back the leases of pods that are gone", () => {
    const node = new FakeNode();
    node.attachments.set("0abc", { id: "0abc", phase: "attached", ips: ["10.0.0.9"] });
    node.ledger.add("lease 0abc");
    node.restart();
    assert.deepEqual([...node.ledger], []);
    assert.equal(node.attachments.size, 0);
    assert.equal(node.system.find(sandboxActorId("0abc")), undefined);
  });
});
