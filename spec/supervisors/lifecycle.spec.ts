/** What clients are told of a life, in band: in errors, in the status, and in its verbose part. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { criCalls } from "../../src/grpc/calls/index.ts";
import { isStuck } from "../../src/inspect/stuck.ts";
import { attachmentActorId, type ContainerId, type SandboxId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const calls = (node: FakeNode) => criCalls(node.runtime, { name: "troupe", version: "1.0.0" });

const sandboxOn = (node: FakeNode): Promise<SandboxId> =>
  node.done(node.runtime.runSandbox({ ...configured(sandboxConfig("web")), handler: "" }, patient()));

const runningIn = async (node: FakeNode): Promise<ContainerId> => {
  const asked = { ...configured(containerConfig("app")), sandboxId: await sandboxOn(node) };
  const id = await node.done(node.runtime.createContainer(asked, patient()));
  await node.done(node.runtime.startContainer(id, patient()));
  return id;
};

const statusOf = async (node: FakeNode, container_id: string) => {
  const answer = await calls(node).ContainerStatus({ container_id, verbose: true }, patient(), new Uint8Array());
  assert.ok(!(answer instanceof Uint8Array));
  const { status, info } = answer;
  return {
    reason: status?.reason,
    message: status?.message,
    lifecycle: JSON.parse(info?.["lifecycle"] ?? "{}") as object,
  };
};

describe("a life, as clients are told of it", () => {
  it("is, at rest, its state and nothing to wait for", async () => {
    const node = new FakeNode();
    const { reason, message, lifecycle } = await statusOf(node, await runningIn(node));
    assert.deepEqual([reason, message], ["", ""]);
    assert.partialDeepStrictEqual(lifecycle, { state: "running" });
    assert.ok(!("waitsFor" in lifecycle));
  });

  it("is told in the verbose status at once, with its moments on the wall clock", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const id = await runningIn(node);
    void node.runtime.stopContainer(id, 60_000, patient()).catch(() => undefined);
    node.world.settle();
    node.world.advance(2_000);
    const { message, lifecycle } = await statusOf(node, id);
    assert.equal(message, "", "the first seconds of a stop are nothing to tell");
    assert.partialDeepStrictEqual(lifecycle, {
      state: "stopping.waiting",
      work: { verb: "stop" },
      waitsFor: "exited",
      until: { what: "deadline" },
      help: "container-exited",
    });
    assert.match((lifecycle as { until: { at: string } }).until.at, /^1970-01-01T.*Z$/);
  });

  it("is a sentence in the status of one that has been at work for long", async () => {
    const node = new FakeNode();
    node.deaf = true;
    const id = await runningIn(node);
    void node.runtime.stopContainer(id, 60_000, patient()).catch(() => undefined);
    node.world.settle();
    node.world.advance(15_000);
    const { reason, message } = await statusOf(node, id);
    assert.equal(reason, "Waiting");
    assert.match(
      message ?? "",
      /container\/\w+ is stopping.waiting, it waits for exited, since 15\.0 s, for 45\.0 s more/,
    );
  });

  it("leaves the status of one that has ended alone", async () => {
    const node = new FakeNode();
    const id = await runningIn(node);
    node.exit(id, { code: 3 });
    node.world.hold("rootfs.unmount");
    void node.runtime.removeContainer(id, patient()).catch(() => undefined);
    node.world.settle();
    node.world.advance(15_000);
    const { reason, lifecycle } = await statusOf(node, id);
    assert.equal(reason, "Error");
    assert.partialDeepStrictEqual(lifecycle, { state: "removing.unmounting", waitsFor: "unmountRootfs" });
  });

  it("names, of a sandbox, the one of its pod that has to act first", async () => {
    const node = new FakeNode();
    const id = await sandboxOn(node);
    node.world.hold("network.detach");
    void node.runtime.stopSandbox(id, patient()).catch(() => undefined);
    node.world.settle();
    node.world.advance(3_000);
    const answer = await calls(node).PodSandboxStatus(
      { pod_sandbox_id: id, verbose: true },
      patient(),
      new Uint8Array(),
    );
    assert.ok(!(answer instanceof Uint8Array));
    const lifecycle = JSON.parse(answer.info?.["lifecycle"] ?? "") as object;
    assert.partialDeepStrictEqual(lifecycle, { waitsFor: "detached", other: { waitsFor: "delete" } });
  });

  it("says of a network attachment since when it is at its work, over all its tries", async () => {
    const node = new FakeNode();
    const id = await sandboxOn(node);
    node.world.advance(60_000);
    const asked = node.world.time;
    node.world.fail("network.detach", "the backend is away");
    void node.runtime.stopSandbox(id, patient()).catch(() => undefined);
    node.world.settle();
    node.world.advance(20_000);
    const explanation = node.system.explainer.explain(attachmentActorId(id));
    assert.deepEqual(explanation?.work, { verb: "detach", since: asked });
    assert.ok((explanation.tries ?? 0) > 3);
    assert.ok(isStuck({ explanation }, asked + 30_000));
    node.world.fail("network.detach", undefined);
    node.world.advance(60_000);
    assert.equal(node.system.explainer.explain(attachmentActorId(id)), undefined);
  });

  it("and of one that is at rest nothing", async () => {
    const node = new FakeNode();
    const id = await sandboxOn(node);
    assert.equal(node.system.explainer.explain(attachmentActorId(id))?.work, undefined);
  });
});
