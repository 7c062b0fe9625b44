import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CriError } from "../../../src/grpc/client.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import type { PodSandboxFilter } from "../../../src/grpc/messages/sandbox.ts";
import { fakeRuntime, sandboxConfigOf, sandboxId, sandboxMessage, sandboxView } from "../../support/fake-runtime.ts";
import { serving } from "../serving.ts";

const refusal = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof CriError && error.code === code && text.test(error.message);

describe("RunPodSandbox", () => {
  it("gives the runtime the configuration, its bytes and the handler, and answers the id", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      const answer = await client.call("RunPodSandbox", { config: sandboxMessage(), runtime_handler: "runc" });
      assert.equal(answer.pod_sandbox_id, sandboxId("5"));
    });
    const [[, request] = []] = runtime.asked;
    assert.ok(typeof request === "object" && request && "config" in request && "bytes" in request);
    assert.deepEqual(request.config, sandboxConfigOf());
    assert.deepEqual({ ...request, config: 0, bytes: 0 }, { config: 0, bytes: 0, handler: "runc" });
  });

  it("refuses what is missing and what is unknown, before anything is asked of the runtime", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      await assert.rejects(client.call("RunPodSandbox", {}), refusal("INVALID_ARGUMENT", /^config is missing$/));
      await assert.rejects(
        client.call("RunPodSandbox", { config: sandboxMessage({ metadata: undefined }) }),
        refusal("INVALID_ARGUMENT", /^config\.metadata is missing$/),
      );
      await assert.rejects(
        client.call("RunPodSandbox", { config: sandboxMessage(), runtime_handler: "kata" }),
        refusal("INVALID_ARGUMENT", /^runtime_handler "kata" is not configured here; the handlers are crun, runc$/),
      );
    });
    assert.deepEqual(runtime.asked, []);
  });
});

describe("stopping and removing a sandbox", () => {
  it("ask the runtime by id, and never by an empty one", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      assert.deepEqual(await client.call("StopPodSandbox", { pod_sandbox_id: "5" }), {});
      assert.deepEqual(await client.call("RemovePodSandbox", { pod_sandbox_id: "5" }), {});
      await assert.rejects(
        client.call("RemovePodSandbox", {}),
        refusal("INVALID_ARGUMENT", /^pod_sandbox_id is empty$/),
      );
    });
    assert.deepEqual(runtime.asked, [
      ["stopSandbox", "5"],
      ["removeSandbox", "5"],
    ]);
  });
});

describe("PodSandboxStatus", () => {
  it("has more for who asks for it, and NOT_FOUND for what is not there", () =>
    serving(fakeRuntime({ sandboxes: [sandboxView()] }), async ({ client }) => {
      const plain = await client.call("PodSandboxStatus", { pod_sandbox_id: sandboxId("5") });
      assert.deepEqual([plain.status?.id, plain.info], [sandboxId("5"), {}]);
      const verbose = await client.call("PodSandboxStatus", { pod_sandbox_id: "5", verbose: true });
      assert.match(verbose.info["info"] ?? "", /^\{/);
      await assert.rejects(
        client.call("PodSandboxStatus", { pod_sandbox_id: "6" }),
        refusal("NOT_FOUND", /sandbox "6"/),
      );
    }));
});

describe("a list of sandboxes", () => {
  const sandboxes = [
    sandboxView({ id: sandboxId("a1") }),
    sandboxView({ id: sandboxId("a2"), ready: false }),
    sandboxView({ id: sandboxId("b1"), config: sandboxConfigOf({ labels: { app: "db", tier: "back" } }) }),
  ];
  const cases: [string, Draft<PodSandboxFilter> | undefined, string[]][] = [
    ["all of them without a filter", undefined, ["a1", "a2", "b1"]],
    ["all of them with an empty filter", {}, ["a1", "a2", "b1"]],
    ["one by its id", { id: sandboxId("a1") }, ["a1"]],
    ["those with a prefix of an id", { id: "a" }, ["a1", "a2"]],
    ["none for an id that is not there", { id: "c" }, []],
    ["those in a state", { state: { state: 1 } }, ["a2"]],
    ["those in the state whose number is 0", { state: { state: 0 } }, ["a1", "b1"]],
    ["those with all the labels", { label_selector: { app: "db", tier: "back" } }, ["b1"]],
    ["none for a label that one does not have", { label_selector: { app: "db", constructor: "" } }, []],
    ["those that match in all ways", { id: "a", state: { state: 0 }, label_selector: { app: "web" } }, ["a1"]],
  ];
  for (const [what, filter, expected] of cases)
    it(`has ${what}`, () =>
      serving(fakeRuntime({ sandboxes }), async ({ client }) => {
        const { items } = await client.call("ListPodSandbox", { filter });
        assert.deepEqual(
          items.map(({ id }) => id),
          expected.map(sandboxId),
        );
        const streamed: string[] = [];
        for await (const { pod_sandboxes } of client.stream("StreamPodSandboxes", { filter }))
          streamed.push(...pod_sandboxes.map(({ id }) => id));
        assert.deepEqual(streamed, expected.map(sandboxId));
      }));
});
