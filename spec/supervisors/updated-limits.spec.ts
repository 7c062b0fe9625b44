import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId, Resources } from "../../src/vocabulary/index.ts";
import { containerActorId } from "../../src/vocabulary/actor-ids.ts";
import { updated } from "../../src/supervisors/calls/updates.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { crash } from "../support/crash.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const { resources: none } = containerConfig();
const memory = (memoryLimitBytes: number): Resources => ({ ...none, memoryLimitBytes });

const begun = async (node: FakeNode, started = true): Promise<ContainerId> => {
  const sandboxId = await node.done(
    node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient()),
  );
  const config = containerConfig("app", { resources: memory(10) });
  const id = await node.done(node.runtime.createContainer({ ...configured(config), sandboxId }, patient()));
  node.memory.set(id, 10);
  if (started) await node.done(node.runtime.startContainer(id, patient()));
  return id;
};
const update = (node: FakeNode, id: string, limit: number): Promise<void> =>
  node.done(node.runtime.updateContainer(id, memory(limit), patient()));
const told = (node: FakeNode, id: string): number => node.runtime.container(id).resources.memoryLimitBytes;

describe("an update of limits", () => {
  it("is in force and told of, for what is created and what runs, which go on as they were", async () => {
    const node = new FakeNode();
    const id = await begun(node, false);
    for (const state of ["created", "running"] as const) {
      const limit = state === "created" ? 20 : 30;
      await update(node, id, limit);
      assert.deepEqual([node.memory.get(id), told(node, id)], [limit, limit]);
      assert.equal(node.runtime.container(id).state, state);
      if (state === "created") await node.done(node.runtime.startContainer(id, patient()));
    }
    assert.deepEqual(node.defects, []);
  });

  it("that fails is taken back, and its caller told in the runtime's words", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.fail("runtime.update", "crun: no such CPU");
    await assert.rejects(update(node, id, 20), { message: /crun: no such CPU$/ });
    assert.deepEqual([node.memory.get(id), told(node, id)], [10, 10]);
    assert.deepEqual(node.runtime.container(id).warnings, []);
    node.world.fail("runtime.update", undefined);
    await update(node, id, 30);
    assert.deepEqual([node.memory.get(id), told(node, id)], [30, 30]);
  });

  it("that a crash has cut short is not said to be done where the container has ended meanwhile", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.update");
    const asked = node.runtime.updateContainer(id, memory(20), patient());
    node.world.settle();
    node.exit(id, { code: 0 });
    crash(node, containerActorId(id));
    node.world.release("runtime.update");
    node.world.advance(1_000);
    await assert.rejects(asked, { code: "Unavailable", message: /changing the limits was interrupted.*ask again$/ });
    assert.deepEqual([node.runtime.container(id).state, told(node, id)], ["exited", 10]);
  });

  it("that cannot be taken back leaves a doubt that is recorded, until one goes well", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.fail("runtime.update", "crun: no");
    node.world.fail("runtime.restore", "crun: nor that");
    const words = /crun: no; what was before could not be put back, so that its limits are in doubt: .*crun: nor that$/;
    await assert.rejects(update(node, id, 20), { message: words });
    node.restart();
    node.world.settle();
    assert.match(node.runtime.container(id).warnings.join(), /^its limits are in doubt/);
    assert.equal(told(node, id), 10);
    await update(node, id, 20);
    assert.deepEqual([told(node, id), node.runtime.container(id).warnings], [20, []]);
  });

  it("that a daemon died in is carried out by the next one", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.update");
    void node.runtime.updateContainer(id, memory(20), patient()).catch(() => undefined);
    node.world.settle();
    assert.equal(told(node, id), 10);
    node.restart();
    node.world.settle();
    assert.deepEqual([node.memory.get(id), told(node, id)], [20, 20]);
    assert.equal(node.system.stateOf(`container/${id}`), "running");
  });

  it("whose record fails has changed nothing", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.fail("records.putContainer", "the disk is full");
    await assert.rejects(update(node, id, 20), { message: /the disk is full$/ });
    node.world.fail("records.putContainer", undefined);
    assert.deepEqual([node.memory.get(id), told(node, id)], [10, 10]);
    await update(node, id, 30);
    assert.equal(told(node, id), 30);
  });

  it("whose end cannot be recorded is refused, and what is in force is known to the next one", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.update");
    const call = node.runtime.updateContainer(id, memory(20), patient());
    node.world.settle();
    node.world.fail("records.putContainer", "the disk is full");
    node.world.release("runtime.update");
    await assert.rejects(node.done(call), { message: /the disk is full$/ });
    node.world.fail("records.putContainer", undefined);
    assert.equal(node.memory.get(id), 20);
    node.world.fail("runtime.update", "crun: no");
    await assert.rejects(update(node, id, 30), { message: /crun: no$/ });
    assert.deepEqual([node.memory.get(id), told(node, id)], [20, 20]);
  });

  it("is followed by a stop that came meanwhile, and by an end", async () => {
    for (const end of ["stop", "exit"] as const) {
      const node = new FakeNode();
      const id = await begun(node);
      node.world.hold("runtime.update");
      const call = node.runtime.updateContainer(id, memory(20), patient());
      node.world.settle();
      const stop = end === "stop" ? node.runtime.stopContainer(id, 1000, patient()) : node.exit(id, { code: 3 });
      node.world.release("runtime.update");
      await node.done(Promise.all([call, stop]));
      assert.equal(node.runtime.container(id).state, "exited");
      assert.equal(told(node, id), 20);
      assert.deepEqual(node.defects, []);
    }
  });

  it("is refused while another one is under way, and for what has ended", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.update");
    const first = node.runtime.updateContainer(id, memory(20), patient());
    node.world.settle();
    assert.throws(() => node.runtime.updateContainer(id, memory(30), patient()), {
      code: "Unavailable",
      message: /^UpdateContainerResources of app: container\/\d+ is updating\.applying; ask again/,
    });
    node.world.release("runtime.update");
    await node.done(first);
    await node.done(node.runtime.stopContainer(id, 0, patient()));
    assert.throws(() => node.runtime.updateContainer(id, memory(30), patient()), {
      code: "NotAllowed",
      message: /is stopped, and limits are for what is created or runs$/,
    });
    assert.throws(() => node.runtime.updateContainer("absent", memory(30), patient()), { code: "NotFound" });
  });

  it("that contradicts itself, or what stays, is refused before anything is done", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    for (const limits of [
      { memorySwapLimitBytes: 5 },
      { memorySwapLimitBytes: 50, memoryLimitBytes: 60 },
      { memorySwapLimitBytes: 50, memoryLimitBytes: -1 },
    ])
      assert.throws(() => node.runtime.updateContainer(id, { ...none, ...limits }, patient()), {
        code: "Invalid",
        message: /memory and swap together are limited to \d+ bytes, and memory alone/,
      });
    assert.equal(node.system.stateOf(`container/${id}`), "running");
  });
});

describe("what an update leaves", () => {
  it("is what was given in place of what was, file by file", () => {
    const now = {
      ...none,
      cpuShares: 512,
      cpuQuota: 5000,
      cpusetCpus: "0-1",
      oomScoreAdj: 7,
      unified: { a: "1", b: "2" },
    };
    const given = { ...none, cpuQuota: -1, cpusetCpus: "1", oomScoreAdj: 900, unified: { b: "3" } };
    assert.deepEqual(updated(now, given), { ...now, cpuQuota: -1, cpusetCpus: "1", unified: { a: "1", b: "3" } });
  });
});
