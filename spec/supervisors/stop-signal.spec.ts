/** The stop signal of a container over failures and deaths: sent once where that can be known, and never not at all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const running = async (node: FakeNode): Promise<ContainerId> => {
  const request = { ...configured(sandboxConfig("web")), handler: "" };
  const sandboxId = await node.done(node.runtime.runSandbox(request, patient()));
  const asked = { ...configured(containerConfig("app")), sandboxId };
  const id = await node.done(node.runtime.createContainer(asked, patient()));
  await node.done(node.runtime.startContainer(id, patient()));
  return id;
};
const signalsOf = (node: FakeNode, id: ContainerId): readonly string[] => node.processes.get(id)?.signals ?? [];

describe("the stop signal", () => {
  it("is sent again where it could not be sent", async () => {
    const node = new FakeNode();
    const id = await running(node);
    node.world.fail("runtime.ask", "it was ended by SIGKILL");
    const stopped = node.runtime.stopContainer(id, 5_000, patient());
    node.world.settle();
    node.world.fail("runtime.ask", undefined);
    node.world.advance(300);
    await stopped;
    assert.deepEqual(signalsOf(node, id), ["TERM"]);
    assert.deepEqual(node.defects, []);
  });

  it("is followed by SIGKILL at the deadline though it could never be sent", async () => {
    const node = new FakeNode();
    const id = await running(node);
    node.world.fail("runtime.ask", "it was ended by SIGKILL");
    const stopped = node.runtime.stopContainer(id, 5_000, patient());
    node.world.advance(4_990);
    assert.deepEqual(signalsOf(node, id), []);
    node.world.advance(10);
    await stopped;
    assert.deepEqual(signalsOf(node, id), ["KILL"]);
  });

  it("is sent by the next daemon where the last one may not have sent it", async () => {
    const node = new FakeNode();
    const id = await running(node);
    node.world.hold("runtime.ask");
    node.runtime.stopContainer(id, 60_000, patient()).catch(() => {}); // its daemon dies
    node.world.settle();
    assert.deepEqual(signalsOf(node, id), []);
    node.restart();
    assert.deepEqual(signalsOf(node, id), ["TERM"]);
    assert.equal(node.runtime.container(id).state, "exited");
  });

  it("is not sent again by the next daemon where the last one has sent it", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const id = await running(node);
    node.runtime.stopContainer(id, 60_000, patient()).catch(() => {}); // its daemon dies
    node.world.settle();
    node.restart();
    node.world.advance(50_000);
    assert.deepEqual(signalsOf(node, id), ["TERM"]);
    node.world.advance(10_000);
    assert.deepEqual(signalsOf(node, id), ["TERM", "KILL"]);
  });
});
