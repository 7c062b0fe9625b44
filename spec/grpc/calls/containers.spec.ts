import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CriError } from "../../../src/grpc/client.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import type { ContainerFilter } from "../../../src/grpc/messages/container.ts";
import {
  containerConfigOf,
  containerId,
  containerMessage,
  containerView,
  fakeRuntime,
  imageOf,
  sandboxConfigOf,
  sandboxId,
  sandboxView,
} from "../../support/fake-runtime.ts";
import { serving } from "../serving.ts";

const refusal = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof CriError && error.code === code && text.test(error.message);
const privileged = { linux: { security_context: { privileged: true } } };

const mib = 1024 * 1024;

/** How much of an output of these lengths arrives; and what is said at its end, with the same numbers. */
const arriving = async (stdout: number, stderr: number, dropped = 0): Promise<readonly number[]> => {
  const execSync = () =>
    Promise.resolve({ stdout: Buffer.alloc(stdout), stderr: Buffer.alloc(stderr), dropped, exitCode: -1 });
  let lengths: readonly number[] = [];
  await serving(fakeRuntime({}, { execSync }), async ({ client }) => {
    const answer = await client.call("ExecSync", { container_id: "c", cmd: ["yes"] });
    const note = Buffer.from(answer.stderr).indexOf("troupe: ");
    const [out, err, all] = Buffer.from(answer.stderr.subarray(note)).toString().match(/\d+/g) ?? [];
    const own = Buffer.from(answer.stderr.subarray(0, note)).toString().trimEnd().length;
    assert.deepEqual([Number(out), Number(err), Number(all)], [answer.stdout.length, own, stdout + stderr + dropped]);
    lengths = [answer.stdout.length, own];
  });
  return lengths;
};

describe("CreateContainer", () => {
  it("gives the runtime the configuration, its bytes and the sandbox, and answers the id", async () => {
    const runtime = fakeRuntime({ sandboxes: [sandboxView()] });
    await serving(runtime, async ({ client }) => {
      const request = { pod_sandbox_id: "5", config: containerMessage(), sandbox_config: {} };
      assert.equal((await client.call("CreateContainer", request)).container_id, containerId("c"));
    });
    const [[, request] = []] = runtime.asked;
    assert.ok(typeof request === "object" && request && "config" in request && "bytes" in request);
    assert.deepEqual(request.config, containerConfigOf());
    assert.deepEqual({ ...request, config: 0, bytes: 0 }, { config: 0, bytes: 0, sandboxId: sandboxId("5") });
  });

  it("refuses what cannot work, before anything is asked of the runtime", async () => {
    const runtime = fakeRuntime({ sandboxes: [sandboxView()] });
    await serving(runtime, async ({ client }) => {
      const create = (pod_sandbox_id: string, more: object) =>
        client.call("CreateContainer", { pod_sandbox_id, config: containerMessage(more) });
      await assert.rejects(create("6", {}), refusal("NOT_FOUND", /^sandbox "6"/));
      await assert.rejects(create("", {}), refusal("INVALID_ARGUMENT", /^pod_sandbox_id is empty$/));
      await assert.rejects(create("5", { image: null }), refusal("INVALID_ARGUMENT", /^config\.image is missing$/));
      await assert.rejects(create("5", privileged), refusal("INVALID_ARGUMENT", /privileged is set, but the sandbox/));
    });
    assert.deepEqual(runtime.asked, []);
  });

  it("takes a privileged container in a privileged sandbox", async () => {
    const runtime = fakeRuntime({ sandboxes: [sandboxView({ config: sandboxConfigOf(privileged) })] });
    await serving(runtime, async ({ client }) => {
      await client.call("CreateContainer", { pod_sandbox_id: "5", config: containerMessage(privileged) });
    });
    assert.equal(runtime.asked.length, 1);
  });
});

describe("starting, stopping and removing a container", () => {
  it("ask the runtime by id, with the grace in milliseconds, never below none", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      assert.deepEqual(await client.call("StartContainer", { container_id: "c" }), {});
      for (const timeout of ["30", "0", "-5", "9223372036854775807"])
        assert.deepEqual(await client.call("StopContainer", { container_id: "c", timeout }), {});
      assert.deepEqual(await client.call("RemoveContainer", { container_id: "c" }), {});
      await assert.rejects(client.call("StopContainer", {}), refusal("INVALID_ARGUMENT", /^container_id is empty$/));
    });
    assert.deepEqual(runtime.asked, [
      ["startContainer", "c"],
      ["stopContainer", "c", 30_000],
      ["stopContainer", "c", 0],
      ["stopContainer", "c", 0],
      ["stopContainer", "c", 365 * 24 * 3600 * 1000],
      ["removeContainer", "c"],
    ]);
  });
});

describe("CheckpointContainer", () => {
  it("hands on an absolute place and its timeout, and refuses other places", () => {
    const runtime = fakeRuntime({ containers: [containerView()] });
    return serving(runtime, async ({ client }) => {
      const request = { container_id: "c", location: "/var/lib/kubelet/checkpoints/c.tar" };
      assert.deepEqual(await client.call("CheckpointContainer", { ...request, timeout: "30" }), {});
      await client.call("CheckpointContainer", request);
      for (const location of ["", "c.tar", "/c\0.tar"])
        await assert.rejects(
          client.call("CheckpointContainer", { ...request, location }),
          refusal("INVALID_ARGUMENT", /^location /),
        );
      await assert.rejects(
        client.call("CheckpointContainer", { location: "/c" }),
        refusal("INVALID_ARGUMENT", /^container_id/),
      );
      assert.deepEqual(runtime.asked, [
        ["checkpointContainer", containerId("c"), request.location, 30_000],
        ["checkpointContainer", containerId("c"), request.location, 0],
      ]);
    });
  });
});

describe("ContainerStatus", () => {
  it("names the image as the store does, has more for who asks, and NOT_FOUND for what is not there", () =>
    serving(fakeRuntime({ containers: [containerView()], images: [imageOf()] }), async ({ client }) => {
      const { status, info } = await client.call("ContainerStatus", { container_id: "c" });
      assert.deepEqual([status?.image?.image, info], ["docker.io/library/nginx:1.27", {}]);
      assert.equal(status?.log_path, "/var/log/pods/shop_web_9ffa4c5e/server/2.log");
      const verbose = await client.call("ContainerStatus", { container_id: "c", verbose: true });
      assert.match(verbose.info["info"] ?? "", /^\{/);
      await assert.rejects(
        client.call("ContainerStatus", { container_id: "d" }),
        refusal("NOT_FOUND", /container "d"/),
      );
    }));
});

describe("a list of containers", () => {
  const containers = [
    containerView({ id: containerId("a1") }),
    containerView({ id: containerId("a2"), sandboxId: sandboxId("6"), state: "exited" }),
    containerView({ id: containerId("b1"), config: containerConfigOf({ labels: { app: "db" } }), state: "created" }),
  ];
  const cases: [string, Draft<ContainerFilter> | undefined, string[]][] = [
    ["all of them without a filter", undefined, ["a1", "a2", "b1"]],
    ["those with a prefix of an id", { id: "a" }, ["a1", "a2"]],
    ["none for an id that is not there", { id: containerId("c") }, []],
    ["those of a sandbox", { pod_sandbox_id: sandboxId("6") }, ["a2"]],
    ["those of sandboxes with a prefix", { pod_sandbox_id: "5" }, ["a1", "b1"]],
    ["those in the state whose number is 0", { state: { state: 0 } }, ["b1"]],
    ["none in a state of the future", { state: { state: 9 } }, []],
    ["those with all the labels", { label_selector: { app: "web", tier: "front" } }, ["a1", "a2"]],
    ["those that match in all ways", { id: "a", pod_sandbox_id: "5", state: { state: 1 } }, ["a1"]],
  ];
  for (const [what, filter, expected] of cases)
    it(`has ${what}`, () =>
      serving(fakeRuntime({ containers }), async ({ client }) => {
        const answer = await client.call("ListContainers", { filter });
        assert.deepEqual(
          answer.containers.map(({ id }) => id),
          expected.map(containerId),
        );
      }));
});

describe("ExecSync", () => {
  it("runs a command with its bound, and answers output and exit code", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      const answer = await client.call("ExecSync", { container_id: "c", cmd: ["id", "-u"], timeout: "2" });
      assert.deepEqual(
        [Buffer.from(answer.stdout).toString(), Buffer.from(answer.stderr).toString(), answer.exit_code],
        ["out", "err", 3],
      );
      await assert.rejects(
        client.call("ExecSync", { container_id: "c" }),
        refusal("INVALID_ARGUMENT", /^cmd is empty$/),
      );
    });
    assert.deepEqual(runtime.asked, [["execSync", "c", ["id", "-u"], 2000]]);
  });

  it("cuts output that does not fit a message, each stream its fair part, and says so", async () => {
    assert.deepEqual(await arriving(16 * mib, 0), [16 * mib - 512, 0]);
    assert.deepEqual(await arriving(16 * mib, 16 * mib), [8 * mib - 256, 8 * mib - 256]);
    assert.deepEqual(await arriving(mib, 16 * mib), [mib, 15 * mib - 512]);
    assert.deepEqual(await arriving(16 * mib, 1, 1000), [16 * mib - 513, 1]);
  });
});
