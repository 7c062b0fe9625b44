import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodeName } from "../../src/grpc/codes.ts";
import type { MethodName } from "../../src/grpc/contract.ts";
import { asked, asking, besideIds } from "../support/asked-node.ts";
import type { Message } from "../support/bad-messages.ts";
import { FakeNode } from "../support/fake-node.ts";

/** How far a pod with one container has come. */
const lives = ["created", "running", "exited", "stopped"] as const;
type Life = (typeof lives)[number];

const pod: Message = { metadata: { name: "web", uid: "u", namespace: "default" } };
const app: Message = { metadata: { name: "app" }, image: { image: "sha256:fake" } };

interface Scene {
  readonly node: FakeNode;
  readonly pod_sandbox_id: string;
  readonly container_id: string;
}

const sceneOf = async (life: Life): Promise<Scene> => {
  const node = new FakeNode();
  const well = async (name: MethodName, request: Message): Promise<void> => {
    assert.deepEqual(await asked(node, name, request), { code: "OK", text: "" });
  };
  await well("RunPodSandbox", { config: pod });
  const pod_sandbox_id = node.runtime.sandboxes()[0]?.id ?? "";
  await well("CreateContainer", { pod_sandbox_id, config: app });
  const container_id = node.runtime.containers()[0]?.id ?? "";
  if (life !== "created") await well("StartContainer", { container_id });
  if (life === "exited") await well("StopContainer", { container_id });
  if (life === "stopped") await well("StopPodSandbox", { pod_sandbox_id });
  return { node, pod_sandbox_id, container_id };
};

const requestOf = (name: MethodName, { pod_sandbox_id, container_id }: Scene): Message => {
  if (name === "RunPodSandbox") return { config: pod };
  if (name === "CreateContainer") return { pod_sandbox_id, ...besideIds[name] };
  return { pod_sandbox_id, container_id, ...besideIds[name] };
};

type Answers = Readonly<Record<Life, readonly [CodeName, RegExp?]>>;
const ok = ["OK"] as const;
const notRunning = (state: string) =>
  ["FAILED_PRECONDITION", new RegExp(`in app: the container is ${state}, not running$`)] as const;
const runsOnly: Answers = {
  created: notRunning("created"),
  running: ok,
  exited: notRunning("exited"),
  stopped: notRunning("exited"),
};
const onlyRunning = (state: string) =>
  ["FAILED_PRECONDITION", new RegExp(`container/0+2 is ${state}, and only what runs can be written down$`)] as const;
const always: Answers = { created: ok, running: ok, exited: ok, stopped: ok };
const named = [
  "ALREADY_EXISTS",
  /^RunPodSandbox of default\/web: 0+1 has this name and is \w+; remove it first, or/,
] as const;
const noSandbox = [
  "FAILED_PRECONDITION",
  /^sandbox 0+1 of default\/web is stopped, not ready: no container can be/,
] as const;

/** What each call that may come too early or too late says to it. */
const table: Partial<Record<MethodName, Answers>> = {
  RunPodSandbox: { created: named, running: named, exited: named, stopped: named },
  CreateContainer: { created: ok, running: ok, exited: ok, stopped: noSandbox },
  StartContainer: {
    created: ok,
    running: ["FAILED_PRECONDITION", /^StartContainer of app in default\/web: container\/0+2 is running$/],
    exited: ["FAILED_PRECONDITION", /^StartContainer of app in default\/web: container\/0+2 is stopped$/],
    stopped: noSandbox,
  },
  UpdateContainerResources: {
    created: ok,
    running: ok,
    exited: ["FAILED_PRECONDITION", /container\/0+2 is stopped, and limits are for what is created or runs$/],
    stopped: ["FAILED_PRECONDITION", /container\/0+2 is stopped, and limits are for what is created or runs$/],
  },
  ReopenContainerLog: runsOnly,
  Exec: runsOnly,
  Attach: runsOnly,
  PortForward: {
    created: ok,
    running: ok,
    exited: ok,
    stopped: ["FAILED_PRECONDITION", /^PortForward to web: the sandb/],
  },
  UpdatePodSandboxResources: always,
  CheckpointContainer: {
    created: onlyRunning("created"),
    running: ok,
    exited: onlyRunning("stopped"),
    stopped: onlyRunning("stopped"),
  },
  StopContainer: always,
  RemoveContainer: always,
  StopPodSandbox: always,
  RemovePodSandbox: always,
  PodSandboxStatus: always,
  ContainerStatus: always,
  PodSandboxStats: always,
  ContainerStats: always,
};

/** All that there is goes, and nothing is left of it. */
const nothingLeft = async ({ node, pod_sandbox_id }: Scene): Promise<void> => {
  assert.equal((await asked(node, "RemovePodSandbox", { pod_sandbox_id })).code, "OK");
  assert.deepEqual([[...node.ledger], node.defects, node.count("pod")], [[], [], 0]);
};

describe("a call in the wrong moment", () => {
  for (const [name, answers] of Object.entries(table) as [MethodName, Answers][])
    for (const life of lives)
      it(`${name}, of what is ${life}: ${answers[life][0]}`, async () => {
        const scene = await sceneOf(life);
        const { code, text } = await asked(scene.node, name, requestOf(name, scene));
        const [expected, words = /^$/] = answers[life];
        assert.equal(code, expected, text);
        assert.match(text, words);
        await nothingLeft(scene);
      });

  it("ExecSync, of what does not run, is refused", async () => {
    for (const life of ["created", "exited", "stopped"] as const) {
      const scene = await sceneOf(life);
      const { code, text } = await asked(scene.node, "ExecSync", requestOf("ExecSync", scene));
      assert.equal(code, "FAILED_PRECONDITION");
      assert.match(text, /^ExecSync in app: the container is (created|exited), not running$/);
    }
  });
});

/** What a second equal call says while the first one is at work; all others join it. */
const refusesSecond: Partial<Record<MethodName, RegExp>> = {
  UpdateContainerResources:
    /^UpdateContainerResources of app: container\/0+2 is updating\.\w+; ask again when that is over$/,
};

describe("five equal calls at once", () => {
  const mutating = [
    ["CreateContainer", "running"],
    ["StartContainer", "created"],
    ["StopContainer", "running"],
    ["RemoveContainer", "running"],
    ["UpdateContainerResources", "running"],
    ["StopPodSandbox", "running"],
    ["RemovePodSandbox", "running"],
    ["UpdatePodSandboxResources", "running"],
    ["ReopenContainerLog", "running"],
  ] as const;
  for (const [name, life] of mutating)
    it(`of ${name} do the work once, and each is told well`, async () => {
      const scene = await sceneOf(life);
      const request = requestOf(name, scene);
      const calls = Array.from({ length: 5 }, () => asking(scene.node, name, request));
      const told = await scene.node.done(Promise.all(calls));
      const words = refusesSecond[name];
      for (const [n, { code, text }] of told.entries())
        if (n > 0 && words) assert.match(text, words);
        else assert.deepEqual({ code, text }, { code: "OK", text: "" });
      await nothingLeft(scene);
    });

  it("of RunPodSandbox make one sandbox", async () => {
    const node = new FakeNode();
    const told = await node.done(
      Promise.all([1, 2, 3, 4, 5].map(() => asking(node, "RunPodSandbox", { config: pod }))),
    );
    assert.deepEqual(
      told.map(({ code }) => code),
      ["OK", "OK", "OK", "OK", "OK"],
    );
    const [only, ...others] = node.runtime.sandboxes();
    assert.deepEqual(others, []);
    await nothingLeft({ node, pod_sandbox_id: only?.id ?? "", container_id: "" });
  });
});
