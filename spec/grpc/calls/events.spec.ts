import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CriError, type CriClient } from "../../../src/grpc/client.ts";
import { ContainerEventType, type ContainerEventResponse } from "../../../src/grpc/messages/metrics.ts";
import { Events } from "../../../src/supervisors/events.ts";
import { emptyBooks } from "../../../src/supervisors/books.ts";
import { configured, containerConfig, sandboxConfig } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeNode, patient } from "../../support/fake-node.ts";
import { serving } from "../serving.ts";

const running = async (node: FakeNode): Promise<string> => {
  const sandboxId = await node.done(
    node.runtime.runSandbox({ ...configured(sandboxConfig()), handler: "" }, patient()),
  );
  const config = containerConfig("app", { annotations: { long: "x".repeat(2000) } });
  const id = await node.done(node.runtime.createContainer({ ...configured(config), sandboxId }, patient()));
  await node.done(node.runtime.startContainer(id, patient()));
  return id;
};

const listen = (client: CriClient, signal?: AbortSignal): AsyncIterator<ContainerEventResponse> =>
  client.stream("GetContainerEvents", {}, signal ? { signal } : {})[Symbol.asyncIterator]();

const listeners = (node: FakeNode, count: number) =>
  eventually(`${count} listeners`, () => node.events.listening === count);

describe("GetContainerEvents", () => {
  it("tells each event with the pod's status and its containers'", async () => {
    const node = new FakeNode();
    await serving(node.runtime, async ({ client }) => {
      const events = listen(client);
      const first = events.next();
      await listeners(node, 1);
      const id = await running(node);
      const heard = [await first, await events.next(), await events.next(), await events.next()].map(
        ({ value }) => value as ContainerEventResponse,
      );
      assert.deepEqual(
        heard.map((event) => event.container_event_type),
        [
          ContainerEventType.CONTAINER_CREATED_EVENT,
          ContainerEventType.CONTAINER_STARTED_EVENT,
          ContainerEventType.CONTAINER_CREATED_EVENT,
          ContainerEventType.CONTAINER_STARTED_EVENT,
        ],
      );
      const [created, , , started] = heard;
      assert.equal(created?.container_id, created?.pod_sandbox_status?.id);
      assert.equal(created?.pod_sandbox_status?.metadata?.name, "web");
      assert.equal(started?.container_id, id);
      assert.deepEqual(
        started?.containers_statuses.map((status) => status.id),
        [id],
      );
      await events.return?.();
    });
  });

  it("ends with its client: nothing is kept for who has gone", async () => {
    const node = new FakeNode();
    await serving(node.runtime, async ({ client }) => {
      const leaving = new AbortController();
      const streams = Array.from({ length: 20 }, () => listen(client, leaving.signal).next());
      await listeners(node, 20);
      leaving.abort();
      for (const end of await Promise.allSettled(streams)) assert.equal(end.status, "rejected");
      await listeners(node, 0);
    });
  });

  it("cuts off a client that does not read, names it, and serves the others meanwhile", async () => {
    const node = new FakeNode();
    const said: string[] = [];
    const events = new Events(node.books, { wallNs: () => "1", cutOff: (text) => said.push(text), behind: 50 });
    const runtime = { ...node.runtime, events: events.subscribe.bind(events) };
    await serving(runtime, async ({ client }) => {
      const [slow, quick] = [listen(client), listen(client)];
      const [one, other] = [slow.next(), quick.next()];
      await eventually("two listeners", () => events.listening === 2);
      await running(node);
      await Promise.all([one, other]);
      for (let n = 0; n < 3; n++) await quick.next();
      const [sandbox] = node.runtime.sandboxes();
      for (let n = 0; events.listening === 2; n++) {
        assert.ok(n < 2000, "it is never cut off");
        const again = configured(containerConfig(`c${n}`, { annotations: { long: "x".repeat(2000) } }));
        const id = await node.done(node.runtime.createContainer({ ...again, sandboxId: sandbox?.id ?? "" }, patient()));
        assert.equal(((await quick.next()).value as ContainerEventResponse).container_id, id);
      }
      await assert.rejects(
        async () => {
          while (!(await slow.next()).done);
        },
        (error: unknown) => {
          assert.ok(error instanceof CriError);
          assert.equal(error.code, "RESOURCE_EXHAUSTED");
          assert.match(
            error.message,
            /^subscriber \d \(grpc-node-js\/\S+, since \S+\) is cut off: it is 51 events behind/,
          );
          return true;
        },
      );
      assert.equal(said.length, 1);
      await quick.return?.();
    });
  });

  it("is told in words that the runtime ends, which waits for nobody's stream", async () => {
    const events = new Events(emptyBooks(), { wallNs: () => "1", cutOff: () => {} });
    const runtime = { ...new FakeNode().runtime, events: events.subscribe.bind(events) };
    await serving(runtime, async ({ client, server }) => {
      const next = listen(client).next();
      await eventually("a listener", () => events.listening === 1);
      events.close();
      await assert.rejects(next, (error) => error instanceof CriError && error.code === "UNAVAILABLE");
      await server.close(60_000);
    });
  });
});
