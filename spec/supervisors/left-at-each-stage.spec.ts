import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { execActorId } from "../../src/vocabulary/actor-ids.ts";
import type { Caller } from "../../src/supervisors/runtime.ts";
import type { Resources } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

interface Scene {
  readonly node: FakeNode;
  readonly sandbox: string;
  readonly container: string;
}

interface Stages {
  readonly call: string;
  /** What there is before it: nothing, a pod, a container that is created or that runs. */
  readonly from: "nothing" | "pod" | "created" | "running";
  readonly make: (scene: Scene, caller: Caller) => Promise<unknown>;
  /** A second caller is told to ask again when this work is over, instead of joining it. */
  readonly refusesMeanwhile?: true;
  /** What it does when it has answered. */
  readonly afterwards?: string;
  /** What has to happen for it to end, besides the drivers' answers. */
  readonly finish?: (scene: Scene) => void;
}

const sharing = sandboxConfig("web", {
  namespaces: { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false },
});
const limits: Resources = { ...containerConfig().resources, memoryLimitBytes: 1 << 26 };
const runPod = ({ node }: Scene, caller: Caller): Promise<string> =>
  node.runtime.runSandbox({ ...configured(sharing), handler: "" }, caller);
const create = ({ node, sandbox }: Scene, caller: Caller): Promise<string> =>
  node.runtime.createContainer({ ...configured(containerConfig()), sandboxId: sandbox }, caller);

/** The command of whichever exec there is ends. */
const endCommands = ({ node }: Scene): void => {
  for (let n = 1; n < 20; n++) {
    const id = execActorId(String(n).padStart(32, "0"));
    if (node.system.find(id))
      node.system.tell(id, { type: "execExited", exit: { code: 0, at: "1", oomKilled: false } });
  }
  node.world.settle();
};

const table: readonly Stages[] = [
  { call: "RunPodSandbox", from: "nothing", make: runPod },
  { call: "CreateContainer", from: "pod", make: create },
  {
    call: "StartContainer",
    from: "created",
    make: ({ node, container }, caller) => node.runtime.startContainer(container, caller),
  },
  {
    call: "UpdateContainerResources",
    from: "running",
    make: async ({ node, container }, caller) => node.runtime.updateContainer(container, limits, caller),
    refusesMeanwhile: true,
  },
  {
    call: "ExecSync",
    from: "running",
    make: async ({ node, container }, caller) => node.runtime.execSync(container, ["true"], 0, caller),
    finish: endCommands,
    afterwards: "execs.clean",
  },
  {
    call: "StopContainer",
    from: "running",
    make: ({ node, container }, caller) => node.runtime.stopContainer(container, 1000, caller),
  },
  {
    call: "RemoveContainer",
    from: "running",
    make: ({ node, container }, caller) => node.runtime.removeContainer(container, caller),
  },
  {
    call: "StopPodSandbox",
    from: "running",
    make: ({ node, sandbox }, caller) => node.runtime.stopSandbox(sandbox, caller),
  },
  {
    call: "RemovePodSandbox",
    from: "running",
    make: ({ node, sandbox }, caller) => node.runtime.removeSandbox(sandbox, caller),
  },
  {
    call: "PullImage",
    from: "nothing",
    make: ({ node }, caller) => node.runtime.pullImage("image", {}, caller),
  },
];

const sceneOf = async ({ from }: Stages): Promise<Scene> => {
  const node = new FakeNode();
  if (from === "nothing") return { node, sandbox: "", container: "" };
  const sandbox = await node.done(runPod({ node, sandbox: "", container: "" }, patient()));
  if (from === "pod") return { node, sandbox, container: "" };
  const container = await node.done(create({ node, sandbox, container: "" }, patient()));
  if (from === "running") await node.done(node.runtime.startContainer(container, patient()));
  return { node, sandbox, container };
};

const ended = async (stages: Stages, scene: Scene): Promise<void> => {
  const call = stages.make(scene, patient());
  scene.node.world.settle();
  stages.finish?.(scene);
  await call;
};

/** Another caller comes while the work of the one that has left is still under way. */
const retried = async (stages: Stages, scene: Scene, held: string): Promise<void> => {
  const { world } = scene.node;
  const joining = stages.make(scene, patient());
  if (stages.refusesMeanwhile) await assert.rejects(joining, { code: "Unavailable", message: /; ask again/ });
  world.release(held);
  stages.finish?.(scene);
  if (stages.refusesMeanwhile) await ended(stages, scene);
  else await joining;
};

/** Each call of a driver that it makes, in order. */
const stagesOf = async (stages: Stages): Promise<readonly string[]> => {
  const scene = await sceneOf(stages);
  scene.node.world.made.length = 0;
  await ended(stages, scene);
  return [...new Set(scene.node.world.made.map((made) => made.split(" ", 1)[0] ?? ""))];
};

/** All that there is can be removed, and nothing is left of it. */
const nothingLeft = async ({ node }: Scene): Promise<void> => {
  for (const { id } of node.runtime.sandboxes()) await node.done(node.runtime.removeSandbox(id, patient()));
  node.world.advance(100_000);
  assert.deepEqual([...node.ledger], []);
  assert.deepEqual([...node.disk.sandboxes.keys(), ...node.disk.containers.keys(), ...node.attachments.keys()], []);
  assert.deepEqual([node.world.pending(), node.defects], [[], []]);
  assert.deepEqual([node.count("pod"), node.count("exec"), node.count("image-pull")], [0, 0, 0]);
};

describe("a caller of ExecSync that has left before it comes", () => {
  it("has no command run for it", async () => {
    const scene = await sceneOf({ call: "ExecSync", from: "running", make: runPod });
    const { node, container } = scene;
    node.world.made.length = 0;
    const call = async (): Promise<unknown> =>
      node.runtime.execSync(container, ["true"], 0, { signal: AbortSignal.abort() });
    await assert.rejects(call, { code: "Cancelled" });
    node.world.settle();
    assert.deepEqual(node.world.made, []);
    await nothingLeft(scene);
  });
});

for (const stages of table) {
  describe(`a caller of ${stages.call} that leaves`, () => {
    it("before anything is done is told so, and a second one is answered well", async () => {
      const scene = await sceneOf(stages);
      await assert.rejects(stages.make(scene, { signal: AbortSignal.abort() }), { code: "Cancelled" });
      if (stages.refusesMeanwhile) scene.node.world.settle();
      await ended(stages, scene);
      await nothingLeft(scene);
    });

    it("at each of its stages leaves the work to the next one, who is answered well", async () => {
      const verbs = await stagesOf(stages);
      assert.ok(verbs.length > 1, verbs.join());
      for (const verb of verbs) {
        const scene = await sceneOf(stages);
        const { world } = scene.node;
        world.hold(verb);
        const leaving = new AbortController();
        const call = stages.make(scene, { signal: leaving.signal });
        world.settle();
        if (!world.pending().some((pending) => pending.startsWith(`${verb} `))) stages.finish?.(scene);
        assert.ok(
          world.pending().some((pending) => pending.startsWith(`${verb} `)),
          `${verb} is under way`,
        );
        leaving.abort();
        if (verb === stages.afterwards) await call;
        else await assert.rejects(call, { code: "Cancelled" }, verb);
        await retried(stages, scene, verb);
        await nothingLeft(scene);
      }
    });
  });
}
