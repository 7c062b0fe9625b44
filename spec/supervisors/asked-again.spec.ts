import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerId, SandboxId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const begun = async (node: FakeNode): Promise<{ sandbox: SandboxId; container: ContainerId }> => {
  const sandbox = await node.done(node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient()));
  const container = await node.done(
    node.runtime.createContainer({ ...configured(containerConfig()), sandboxId: sandbox }, patient()),
  );
  return { sandbox, container };
};

const timesOf = (node: FakeNode, verb: string): number =>
  node.world.made.filter((call) => call.startsWith(`${verb} `)).length;

/** `verb` fails until its next rest takes a minute; then what was wrong is mended. Answers the time. */
const mendedInItsLongRest = (node: FakeNode, verb: string): number => {
  node.world.advance(60_000);
  const before = timesOf(node, verb);
  assert.ok(before >= 5, `${before} tries`);
  node.world.fail(verb, undefined);
  node.world.advance(10_000);
  assert.equal(timesOf(node, verb), before, "it rests");
  return node.world.time;
};

describe("what rests after a failure is tried at once when it is asked for again", () => {
  for (const [again, command] of [
    ["StopPodSandbox", "stopSandbox"],
    ["RemovePodSandbox", "removeSandbox"],
  ] as const)
    it(`a CNI DEL, by ${again}`, async () => {
      const node = new FakeNode();
      const { sandbox } = await begun(node);
      node.world.fail("network.detach", "the backend is away");
      const first = node.runtime.stopSandbox(sandbox, patient());
      node.world.settle();
      const at = mendedInItsLongRest(node, "network.detach");
      await node.done(node.runtime[command](sandbox, patient()));
      await first;
      assert.equal(node.world.time, at);
      assert.deepEqual(node.defects, []);
    });

  it("a step of a pod's removal", async () => {
    const node = new FakeNode();
    const { sandbox } = await begun(node);
    node.world.fail("sandboxFiles.remove", "EBUSY");
    const first = node.runtime.removeSandbox(sandbox, patient());
    node.world.settle();
    const at = mendedInItsLongRest(node, "sandboxFiles.remove");
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    await first;
    assert.equal(node.world.time, at);
    assert.deepEqual([...node.ledger], []);
  });

  for (const [again, command] of [
    [
      "RemoveContainer",
      (node: FakeNode, { container }: { container: string }) => node.runtime.removeContainer(container, patient()),
    ],
    [
      "RemovePodSandbox",
      (node: FakeNode, { sandbox }: { sandbox: string }) => node.runtime.removeSandbox(sandbox, patient()),
    ],
  ] as const)
    it(`a step of a container's removal, by ${again}`, async () => {
      const node = new FakeNode();
      const pod = await begun(node);
      node.world.fail("rootfs.unmount", "EBUSY");
      const first = node.runtime.removeSandbox(pod.sandbox, patient());
      node.world.settle();
      const at = mendedInItsLongRest(node, "rootfs.unmount");
      await node.done(command(node, pod));
      await node.done(first);
      assert.equal(node.world.time, at);
      assert.deepEqual([...node.ledger], []);
    });

  it("the record of a container's end, by StopContainer", async () => {
    const node = new FakeNode();
    const { container } = await begun(node);
    await node.done(node.runtime.startContainer(container, patient()));
    node.world.fail("records.putContainer", "no space left on device");
    const first = node.runtime.stopContainer(container, 0, patient());
    node.world.settle();
    const at = mendedInItsLongRest(node, "records.putContainer");
    await node.done(node.runtime.stopContainer(container, 0, patient()));
    await first;
    assert.equal(node.world.time, at);
    assert.equal(node.runtime.container(container).state, "exited");
  });
});

describe("a failure is told with the name of what failed", () => {
  it("of a container with its pod's, of a sandbox with its own", async () => {
    const node = new FakeNode();
    const { sandbox } = await begun(node);
    node.world.fail("rootfs.mount", "no space left on device");
    const asked = { ...configured(containerConfig("other")), sandboxId: sandbox };
    await assert.rejects(node.done(node.runtime.createContainer(asked, patient())), {
      code: "Failed",
      message: "CreateContainer of other in default/web: no space left on device",
    });
    node.world.fail("network.attach", "no address is left");
    await assert.rejects(
      node.done(node.runtime.runSandbox({ ...configured(sandboxConfig("next")), handler: "" }, patient())),
      { code: "Failed", message: "RunPodSandbox of default/next: no address is left" },
    );
  });
});
