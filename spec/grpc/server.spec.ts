import assert from "node:assert/strict";
import { connect } from "node:net";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { once } from "node:events";
import { describe, it } from "node:test";
import { NotAllowed } from "../../src/errors.ts";
import { CriError, criClient, type CriClient } from "../../src/grpc/client.ts";
import { services, type Method } from "../../src/grpc/contract.ts";
import type { Caller, Runtime } from "../../src/supervisors/runtime.ts";
import { containerId, containerView, fakeRuntime } from "../support/fake-runtime.ts";
import { serving } from "./serving.ts";

const withCode = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof CriError && error.code === code && text.test(error.message);

/** A runtime whose stops of containers last until they are let go. */
const slow = () => {
  const callers: Caller[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: asked, resolve: first } = Promise.withResolvers<void>();
  const stopContainer: Runtime["stopContainer"] = (_id, _graceMs, caller) => {
    callers.push(caller);
    first();
    return promise;
  };
  return { runtime: fakeRuntime({ containers: [containerView()] }, { stopContainer }), callers, asked, letGo: resolve };
};

const echo: Runtime["execSync"] = (_id, [word = ""]) =>
  Promise.resolve({ stdout: Buffer.from(word), stderr: Buffer.alloc(0), exitCode: 0 });

/** Any method by its name, with an empty request. */
const callEmpty = async (client: CriClient, { name, stream }: Method): Promise<void> => {
  if (stream) for await (const message of client.stream(name as "StreamImages", {})) void message;
  else await client.call(name as "Version", {});
  // oxlint-enable typescript/no-unsafe-type-assertion
};

describe("the server", () => {
  it("listens at its path with mode 0660 and leaves nothing beside it", () =>
    serving(fakeRuntime(), async ({ socket, client }) => {
      await client.call("Version", {});
      assert.equal(statSync(socket).mode & 0o777, 0o660);
      assert.deepEqual(readdirSync(dirname(socket)), ["troupe.sock"]);
    }));

  it("has every method: those that are not there yet say so in a sentence", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const outcomes: Record<string, string> = {};
      for (const method of Object.values(services).flat()) {
        const { name } = method;
        try {
          await callEmpty(client, method);
          outcomes[name] = "OK";
        } catch (error) {
          assert.ok(error instanceof CriError);
          assert.ok(error.message.length > 10, `${name} has no text`);
          if (error.code === "UNIMPLEMENTED") assert.match(error.message, new RegExp(`^${name} is not there yet: \\w`));
          outcomes[name] = error.code;
        }
      }
      const of = (code: string) => Object.keys(outcomes).filter((name) => outcomes[name] === code).length;
      assert.equal(Object.keys(outcomes).length, 43);
      assert.deepEqual(
        { OK: of("OK"), INVALID_ARGUMENT: of("INVALID_ARGUMENT"), UNIMPLEMENTED: of("UNIMPLEMENTED") },
        {
          OK: 19,
          INVALID_ARGUMENT: 22,
          UNIMPLEMENTED: 2,
        },
      );
    }));

  it("takes a request and gives an answer of 10 MiB", async () => {
    const large = Buffer.alloc(10 * 1024 * 1024, "x");
    await serving(fakeRuntime({}, { execSync: echo }), async ({ client }) => {
      const { stdout } = await client.call("ExecSync", { container_id: "c", cmd: [large.toString()] });
      assert.equal(Buffer.compare(stdout, large), 0);
    });
  });

  it("refuses an answer over 16 MiB in words", async () => {
    const labels = { text: "x".repeat(3_000_000) };
    const views = Array.from({ length: 6 }, (_, n) => {
      const view = containerView({ id: containerId(`${n}`) });
      return { ...view, config: { ...view.config, labels } };
    });
    await serving(fakeRuntime({ containers: views }), async ({ client }) => {
      await assert.rejects(
        client.call("ListContainers", {}),
        withCode("RESOURCE_EXHAUSTED", /^the answer to ListContainers has/),
      );
      const counts: number[] = [];
      for await (const { containers } of client.stream("StreamContainers", {})) counts.push(containers.length);
      assert.deepEqual(counts, [1, 1, 1, 1, 1, 1]);
    });
  });

  it("tells the runtime its caller's deadline, and that it has none", async () => {
    const { runtime, callers, letGo } = slow();
    letGo();
    await serving(runtime, async ({ client }) => {
      const before = Date.now();
      await client.call("StopContainer", { container_id: "c" }, { deadlineMs: 30_000 });
      await client.call("StopContainer", { container_id: "c" });
      const [bounded, endless] = callers;
      assert.ok(Math.abs((bounded?.deadline ?? 0) - before - 30_000) < 2000);
      assert.equal(endless?.deadline, undefined);
      assert.deepEqual(
        callers.map(({ signal }) => signal.aborted),
        [false, false],
      );
    });
  });

  it("tells the runtime that its caller has gone", async () => {
    const { runtime, callers, asked, letGo } = slow();
    await serving(runtime, async ({ client }) => {
      const leaving = new AbortController();
      const call = client.call("StopContainer", { container_id: "c" }, { signal: leaving.signal });
      await asked;
      leaving.abort();
      await assert.rejects(call, withCode("CANCELLED", /./));
      const signal = callers[0]?.signal;
      if (signal && !signal.aborted) await once(signal, "abort");
      letGo();
    });
  });

  it("tells the runtime that its caller's deadline has passed", async () => {
    const { runtime, callers, letGo } = slow();
    await serving(runtime, async ({ client }) => {
      const call = client.call("StopContainer", { container_id: "c" }, { deadlineMs: 100 });
      await assert.rejects(call, withCode("DEADLINE_EXCEEDED", /./));
      const signal = callers[0]?.signal;
      if (signal && !signal.aborted) await once(signal, "abort");
      letGo();
    });
  });

  it("answers a defect with INTERNAL and its text, and reports it", async () => {
    const defects: [string, unknown][] = [];
    const mistake = new TypeError("views is not iterable");
    const containers = () => {
      throw mistake;
    };
    await serving(
      fakeRuntime({}, { containers, startContainer: () => Promise.reject(new NotAllowed("it runs already")) }),
      async ({ client }) => {
        await assert.rejects(client.call("ListContainers", {}), withCode("INTERNAL", /^views is not iterable$/));
        await assert.rejects(
          client.stream("StreamContainers", {})[Symbol.asyncIterator]().next(),
          withCode("INTERNAL", /^views is not iterable$/),
        );
        await assert.rejects(
          client.call("StartContainer", { container_id: "c" }),
          withCode("FAILED_PRECONDITION", /^it runs already$/),
        );
      },
      { defect: (...defect) => defects.push(defect) },
    );
    assert.deepEqual(defects, [
      ["ListContainers", mistake],
      ["StreamContainers", mistake],
    ]);
  });

  it("refuses calls over its bound in words, but never a read", async () => {
    const { runtime, asked, letGo } = slow();
    await serving(
      runtime,
      async ({ client, server }) => {
        const first = client.call("StopContainer", { container_id: "c" });
        await asked;
        await assert.rejects(
          client.call("RemoveContainer", { container_id: "c" }),
          withCode("RESOURCE_EXHAUSTED", /^RemoveContainer is refused because 1 calls are under way/),
        );
        await Promise.all([client.call("ListContainers", {}), client.call("Status", {}), client.call("Version", {})]);
        assert.deepEqual(server.queue, { length: 1, bound: 1, refused: 1 });
        letGo();
        await first;
        assert.deepEqual(server.queue, { length: 0, bound: 1, refused: 1 });
        await client.call("RemoveContainer", { container_id: "c" });
      },
      { inFlight: 1 },
    );
  });

  it("takes the place of a dead server's socket", () =>
    serving(fakeRuntime(), async ({ socket }) => {
      await serving(fakeRuntime(), async () => {}, { socket });
      assert.ok(!existsSync(socket));
    }));

  it("lets calls end when it closes, and takes no more", async () => {
    const { runtime, asked, letGo } = slow();
    await serving(runtime, async ({ socket, server, client }) => {
      const call = client.call("StopContainer", { container_id: "c" });
      await asked;
      const closed = server.close(60_000);
      assert.ok(!existsSync(socket));
      letGo();
      assert.deepEqual(await call, {});
      await closed;
      const late = criClient(socket);
      await assert.rejects(late.call("Version", {}), withCode("UNAVAILABLE", /./));
      late.close();
    });
  });

  it("cuts off what does not end in time when it closes", async () => {
    const { runtime, asked, letGo } = slow();
    await serving(runtime, async ({ server, client }) => {
      const call = assert.rejects(client.call("StopContainer", { container_id: "c" }), CriError);
      await asked;
      await server.close(50);
      await call;
      letGo();
    });
  });

  it("outlives a client that speaks nonsense", () =>
    serving(fakeRuntime(), async ({ socket, client }) => {
      const stranger = connect(socket);
      stranger.write("GET / HTTP/1.1\r\n\r\n".repeat(50));
      stranger.on("error", () => {});
      stranger.resume();
      await once(stranger, "close");
      assert.equal((await client.call("Version", {})).version, "0.1.0");
    }));
});
