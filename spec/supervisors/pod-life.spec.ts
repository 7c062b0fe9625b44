import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId, SandboxId } from "../../src/vocabulary/index.ts";
import { sandboxActorId } from "../../src/vocabulary/actor-ids.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const begun = async (node: FakeNode): Promise<{ sandbox: SandboxId; container: ContainerId }> => {
  const sandbox = await node.done(node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient()));
  const container = await node.done(
    node.runtime.createContainer({ ...configured(containerConfig()), sandboxId: sandbox }, patient()),
  );
  return { sandbox, container };
};

const nothingLeft = (node: FakeNode): void => {
  assert.deepEqual([...node.ledger], []);
  assert.deepEqual([...node.disk.sandboxes.keys(), ...node.disk.containers.keys()], []);
  assert.deepEqual(node.attachments.size, 0);
  assert.deepEqual(node.defects, []);
  assert.equal(node.count("pod"), 0);
};

describe("a pod", () => {
  it("lives and leaves nothing behind", async () => {
    const node = new FakeNode();
    const { sandbox, container } = await begun(node);
    assert.deepEqual(node.runtime.sandbox(sandbox).ips, ["10.0.0.2"]);
    assert.equal(node.runtime.container(container).state, "created");
    await node.done(node.runtime.startContainer(container, patient()));
    assert.equal(node.runtime.container(container).state, "running");
    await node.done(node.runtime.stopContainer(container, 1000, patient()));
    const { state, exit, reason } = node.runtime.container(container);
    assert.deepEqual(
      { state, exit, reason },
      { state: "exited", exit: { code: 0, at: "1000", oomKilled: false }, reason: "Completed" },
    );
    await node.done(node.runtime.removeContainer(container, patient()));
    await node.done(node.runtime.stopSandbox(sandbox, patient()));
    assert.equal(node.runtime.sandbox(sandbox).ready, false);
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    nothingLeft(node);
  });

  it("is removed whole by one RemovePodSandbox, running container and all", async () => {
    const node = new FakeNode();
    const { sandbox, container } = await begun(node);
    await node.done(node.runtime.startContainer(container, patient()));
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    nothingLeft(node);
  });

  it("five equal Removes do the work once and get one answer", async () => {
    const node = new FakeNode();
    const { container } = await begun(node);
    node.world.made.length = 0;
    await node.done(Promise.all(Array.from({ length: 5 }, () => node.runtime.removeContainer(container, patient()))));
    assert.equal(node.world.made.filter((call) => call.startsWith("runtime.delete")).length, 1);
  });
});

describe("a pod that shares its process namespace", () => {
  const shared = sandboxConfig("shared", {
    namespaces: { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false },
  });
  const run = (node: FakeNode): Promise<SandboxId> =>
    node.done(node.runtime.runSandbox({ ...configured(shared), handler: "" }, patient()));

  it("is attached to its network while its infra process is made, which ends after its containers and before its network", async () => {
    const node = new FakeNode();
    const id = await run(node);
    const order = node.world.made.map((call) => call.split(" ", 1)[0]);
    assert.ok(order.indexOf("network.attach") < order.indexOf("infra.start"));
    node.world.made.length = 0;
    await node.done(node.runtime.removeSandbox(id, patient()));
    const down = node.world.made.map((call) => call.split(" ", 1)[0]);
    assert.ok(down.indexOf("infra.delete") < down.indexOf("network.detach"));
    nothingLeft(node);
  });

  it("is not ready any more when its infra process has ended", async () => {
    const node = new FakeNode();
    const id = await run(node);
    node.system.tell(sandboxActorId(id), { type: "exited", exit: { signal: 9, at: "1", oomKilled: false } });
    node.world.settle();
    assert.equal(node.runtime.sandbox(id).ready, false);
    await node.done(node.runtime.removeSandbox(id, patient()));
    nothingLeft(node);
  });

  it("is taken down in order after a restart that finds its infra process gone", async () => {
    const node = new FakeNode();
    const id = await run(node);
    node.ledger.delete(`infra ${id}`);
    node.restart();
    assert.equal(node.runtime.sandbox(id).ready, false);
  });
});

describe("a stop", () => {
  it("asks once, and forces at the deadline what does not listen", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const { container } = await begun(node);
    await node.done(node.runtime.startContainer(container, patient()));
    const stopped = node.runtime.stopContainer(container, 5_000, patient());
    node.world.advance(4_999);
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM"]);
    node.world.advance(1);
    await stopped;
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM", "KILL"]);
    assert.deepEqual(node.defects, []);
  });

  it("that comes second with less patience brings the deadline nearer, and one with more does not move it", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const { container } = await begun(node);
    await node.done(node.runtime.startContainer(container, patient()));
    const first = node.runtime.stopContainer(container, 60_000, patient());
    node.world.advance(10);
    const second = node.runtime.stopContainer(container, 1_000, patient());
    const third = node.runtime.stopContainer(container, 90_000, patient());
    node.world.advance(1_000);
    await Promise.all([first, second, third]);
    assert.deepEqual(node.processes.get(container)?.signals, ["TERM", "KILL"]);
  });

  it("during a start waits for the start, and then stops", async () => {
    const node = new FakeNode();
    const { container } = await begun(node);
    node.world.hold("runtime.start");
    const start = node.runtime.startContainer(container, patient());
    node.world.settle();
    const stop = node.runtime.stopContainer(container, 1_000, patient());
    node.world.release("runtime.start");
    await start;
    await stop;
    assert.equal(node.runtime.container(container).state, "exited");
  });

  it("of an unknown container is fine", async () => {
    const node = new FakeNode();
    await node.runtime.stopContainer("nobody", 0, patient());
    await node.runtime.removeContainer("nobody", patient());
    await node.runtime.stopSandbox("nobody", patient());
    await node.runtime.removeSandbox("nobody", patient());
    assert.throws(() => node.runtime.container("nobody"), { code: "NotFound" });
  });
});

describe("creation", () => {
  it("that fails is undone, tells why, and lets the next one of that name through", async () => {
    const node = new FakeNode();
    node.world.fail("network.attach", "the plugin has no more addresses");
    const asked = { ...configured(sandboxConfig()), handler: "" };
    await assert.rejects(node.done(node.runtime.runSandbox(asked, patient())), /no more addresses/);
    nothingLeft(node);
    node.world.fail("network.attach", undefined);
    const id = await node.done(node.runtime.runSandbox(asked, patient()));
    assert.equal(node.runtime.sandbox(id).ready, true);
  });

  it("of the same sandbox twice at once makes one, and both callers have it", async () => {
    const node = new FakeNode();
    const asked = { ...configured(sandboxConfig()), handler: "" };
    const [a, b] = await node.done(
      Promise.all([node.runtime.runSandbox(asked, patient()), node.runtime.runSandbox(asked, patient())]),
    );
    assert.equal(a, b);
    assert.equal(node.runtime.sandboxes().length, 1);
  });

  it("with another configuration supersedes a container that was never started", async () => {
    const node = new FakeNode();
    const { sandbox, container } = await begun(node);
    const other = { ...configured(containerConfig("app", { args: ["other"] })), sandboxId: sandbox };
    const replaced = node.runtime.createContainer(other, patient());
    node.world.settle();
    await new Promise(setImmediate);
    const id = await node.done(replaced);
    assert.notEqual(id, container);
    assert.deepEqual(
      node.runtime.containers().map((view) => view.id),
      [id],
    );
  });

  it("with the name of something that lives names both", async () => {
    const node = new FakeNode();
    const { sandbox } = await begun(node);
    const again = node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient());
    await assert.rejects(
      node.done(again),
      (error: Error & { code: string }) => error.code === "AlreadyExists" && error.message.includes(sandbox),
    );
  });

  it("of a container whose caller has left goes on, and the retry gets it", async () => {
    const node = new FakeNode();
    const { sandbox } = await begun(node);
    const asked = { ...configured(containerConfig("late")), sandboxId: sandbox };
    node.world.hold("monitor.create");
    const controller = new AbortController();
    const first = node.runtime.createContainer(asked, { signal: controller.signal });
    node.world.settle();
    controller.abort();
    await assert.rejects(first, { code: "Cancelled" });
    const second = node.runtime.createContainer(asked, patient());
    node.world.release("monitor.create");
    const id = await second;
    assert.equal(node.runtime.container(id).state, "created");
    assert.equal(node.processes.size, 2);
  });
});

describe("a caller", () => {
  it("is told what is awaited a second before its own deadline", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const { container } = await begun(node);
    await node.done(node.runtime.startContainer(container, patient()));
    const impatient = { ...patient(), deadline: node.world.time + 5_000 };
    const stopped = node.runtime.stopContainer(container, 60_000, impatient);
    const refused = assert.rejects(stopped, (error: Error & { code: string }) => {
      assert.equal(error.code, "Overdue");
      assert.match(
        error.message,
        /StopContainer of app in default\/web: container\/\d+ is stopping.waiting, it waits for exited, since .* s, for 56.0 s more; the work goes on/,
      );
      return true;
    });
    node.world.settle();
    node.world.advance(4_000);
    await refused;
  });

  it("of one pod never waits for another pod's slow network", async () => {
    const node = new FakeNode();
    node.world.hold("network.attach");
    const slow = node.runtime.runSandbox({ ...configured(sandboxConfig("slow")), handler: "" }, patient());
    node.world.settle();
    const host = sandboxConfig("quick", {
      namespaces: { network: "node", pid: "container", ipc: "pod", targetId: "", userNamespace: false },
    });
    const quick = await node.done(node.runtime.runSandbox({ ...configured(host), handler: "" }, patient()));
    assert.equal(node.runtime.sandbox(quick).ready, true);
    assert.equal(node.runtime.sandboxes().length, 1);
    node.world.release("network.attach");
    await slow;
  });
});
