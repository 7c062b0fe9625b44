import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const begun = async (node: FakeNode): Promise<ContainerId> => {
  const sandboxId = await node.done(
    node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient()),
  );
  const id = await node.done(
    node.runtime.createContainer({ ...configured(containerConfig("app")), sandboxId }, patient()),
  );
  await node.done(node.runtime.startContainer(id, patient()));
  return id;
};
const checkpoint = (node: FakeNode, id: string, timeoutMs = 5_000): Promise<void> =>
  node.runtime.checkpointContainer(id, "/checkpoints/app.tar", timeoutMs, patient());

describe("a checkpoint", () => {
  it("leaves its container running, whether it is written or not", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    await node.done(checkpoint(node, id));
    assert.deepEqual(node.checkpoints, ["/checkpoints/app.tar"]);
    node.world.fail("runtime.checkpoint", "criu: a socket of the host");
    await assert.rejects(node.done(checkpoint(node, id)), { message: /criu: a socket of the host$/ });
    assert.equal(node.runtime.container(id).state, "running");
    assert.deepEqual(node.defects, []);
  });

  it("is refused of what does not run, and while another one is under way", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.checkpoint");
    const first = checkpoint(node, id);
    node.world.settle();
    assert.throws(() => void checkpoint(node, id), {
      code: "Unavailable",
      message: /is checkpointing\.writing; ask again/,
    });
    node.world.release("runtime.checkpoint");
    await first;
    await node.done(node.runtime.stopContainer(id, 1_000, patient()));
    assert.throws(() => void checkpoint(node, id), { code: "NotAllowed", message: /is stopped/ });
  });

  it("is told to give up when its timeout has passed, and when its container is to stop or has ended", async () => {
    for (const end of ["timeout", "stop", "remove"] as const) {
      const node = new FakeNode();
      const id = await begun(node);
      node.world.hold("runtime.checkpoint");
      const refused = assert.rejects(checkpoint(node, id, 5_000), { message: /aborted|bound of 5 s/ });
      node.world.settle();
      assert.equal(node.world.isCalledOff("runtime.checkpoint"), false);
      const ended = end === "stop" ? node.runtime.stopContainer(id, 0, patient()) : undefined;
      const removed = end === "remove" ? node.runtime.removeContainer(id, patient()) : undefined;
      if (end === "timeout") node.world.advance(5_000);
      assert.equal(node.world.isCalledOff("runtime.checkpoint"), true);
      node.world.release("runtime.checkpoint");
      await refused;
      for (const one of [ended, removed]) if (one) await node.done(one);
      assert.equal(
        node.books.containers.view(id)?.state,
        { timeout: "running", stop: "exited", remove: undefined }[end],
      );
      assert.deepEqual(node.defects, []);
    }
  });

  it("takes a year for a day, which a timer can count, and none for two minutes", async () => {
    for (const [timeoutMs, endsAfterMs] of [
      [365 * 24 * 3600 * 1000, 24 * 3600 * 1000],
      [0, 120_000],
    ] as const) {
      const node = new FakeNode();
      const id = await begun(node);
      node.world.hold("runtime.checkpoint");
      const refused = assert.rejects(checkpoint(node, id, timeoutMs), { message: /bound of/ });
      node.world.settle();
      node.world.advance(endsAfterMs - 1);
      assert.equal(node.world.isCalledOff("runtime.checkpoint"), false);
      node.world.advance(1);
      assert.equal(node.world.isCalledOff("runtime.checkpoint"), true);
      node.world.release("runtime.checkpoint");
      await refused;
    }
  });

  it("that a daemon died over is forgotten, and its container runs", async () => {
    const node = new FakeNode();
    const id = await begun(node);
    node.world.hold("runtime.checkpoint");
    void checkpoint(node, id).catch(() => undefined);
    node.world.settle();
    node.restart();
    node.world.settle();
    assert.equal(node.runtime.container(id).state, "running");
    await node.done(checkpoint(node, id));
    assert.deepEqual(node.defects, []);
  });
});
