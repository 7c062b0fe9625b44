import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PodEvent } from "../../src/supervisors/runtime.ts";
import type { Subscriber } from "../../src/supervisors/subscriber.ts";
import type { ContainerId, SandboxId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const runPod = (node: FakeNode, name = "web"): Promise<SandboxId> =>
  node.done(node.runtime.runSandbox({ ...configured(sandboxConfig(name)), handler: "" }, patient()));
const create = (node: FakeNode, sandboxId: string, name = "app"): Promise<ContainerId> =>
  node.done(node.runtime.createContainer({ ...configured(containerConfig(name)), sandboxId }, patient()));

/** A container that is made, started, stopped and removed: four events. */
const live = async (node: FakeNode, sandbox: string, name = "app"): Promise<ContainerId> => {
  const id = await create(node, sandbox, name);
  await node.done(node.runtime.startContainer(id, patient()));
  await node.done(node.runtime.stopContainer(id, 1000, patient()));
  await node.done(node.runtime.removeContainer(id, patient()));
  return id;
};

const read = async (subscriber: Subscriber, count: number): Promise<PodEvent[]> => {
  const events: PodEvent[] = [];
  while (events.length < count) {
    const { done, value } = await subscriber.next();
    if (done) return events;
    events.push(value);
  }
  return events;
};
const told = (events: readonly PodEvent[]): string[] =>
  events.map(({ type, sandbox, containers }) => {
    const states = containers.map(({ config, state }) => `${config.name} ${state}`).join(", ");
    return `${type}: ${sandbox?.ready ? "ready" : "not ready"}${states && `, ${states}`}`;
  });

describe("the events of a pod", () => {
  it("come in their order, each with the pod as its commit left it", async () => {
    const node = new FakeNode();
    const subscriber = node.events.subscribe(patient());
    const sandbox = await runPod(node);
    const container = await live(node, sandbox);
    await node.done(node.runtime.stopSandbox(sandbox, patient()));
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    const events = await read(subscriber, 8);
    assert.deepEqual(told(events), [
      "created: ready",
      "started: ready",
      "created: ready, app created",
      "started: ready, app running",
      "stopped: ready, app exited",
      "deleted: ready",
      "stopped: not ready",
      "deleted: not ready",
    ]);
    const short = new Map<string, string>([
      [sandbox, "pod"],
      [container, "app"],
    ]);
    assert.deepEqual(
      events.map(({ id }) => short.get(id)),
      ["pod", "pod", "app", "app", "app", "app", "pod", "pod"],
    );
    assert.equal(events.at(-1)?.sandbox?.config.metadata.name, "web");
  });

  it("tell the end of each container before its removal when the pod is removed whole", async () => {
    const node = new FakeNode();
    const sandbox = await runPod(node);
    const container = await create(node, sandbox);
    await node.done(node.runtime.startContainer(container, patient()));
    const subscriber = node.events.subscribe(patient());
    await node.done(node.runtime.removeSandbox(sandbox, patient()));
    const events = await read(subscriber, 4);
    const of = (id: string) => events.filter((event) => event.id === id).map(({ type }) => type);
    assert.deepEqual(of(container), ["stopped", "deleted"]);
    assert.deepEqual(of(sandbox), ["stopped", "deleted"]);
    assert.equal(events.at(-1)?.id, sandbox);
  });

  it("have no start of a container that never ran", async () => {
    const node = new FakeNode();
    const sandbox = await runPod(node);
    const subscriber = node.events.subscribe(patient());
    const container = await create(node, sandbox);
    await node.done(node.runtime.removeContainer(container, patient()));
    assert.deepEqual(
      (await read(subscriber, 3)).map(({ type }) => type),
      ["created", "stopped", "deleted"],
    );
  });

  it("tell of the other containers of the pod, and of no other pod's", async () => {
    const node = new FakeNode();
    const [one, two] = [await runPod(node, "one"), await runPod(node, "two")];
    await create(node, one, "a");
    await create(node, two, "b");
    const subscriber = node.events.subscribe(patient());
    await create(node, one, "c");
    assert.deepEqual(told(await read(subscriber, 1)), ["created: ready, a created, c created"]);
  });

  it("are each later than the one before, also while the clock stands still", async () => {
    const node = new FakeNode();
    const subscriber = node.events.subscribe(patient());
    const sandbox = await runPod(node);
    for (const name of ["a", "b", "c"]) await live(node, sandbox, name);
    const moments = (await read(subscriber, 14)).map(({ at }) => BigInt(at));
    assert.ok(moments.every((at, n) => n === 0 || at > (moments[n - 1] ?? 0n)));
  });

  it("begin with what comes after the subscription, and know what an earlier daemon left", async () => {
    const node = new FakeNode();
    const sandbox = await runPod(node);
    const container = await create(node, sandbox);
    await node.done(node.runtime.startContainer(container, patient()));
    node.restart();
    node.world.settle();
    const subscriber = node.events.subscribe(patient());
    await node.done(node.runtime.stopContainer(container, 0, patient()));
    assert.deepEqual(told(await read(subscriber, 1)), ["stopped: ready, app exited"]);
  });
});

describe("a subscriber to events", () => {
  it("hears what all the others hear", async () => {
    const node = new FakeNode();
    const subscribers = Array.from({ length: 20 }, () => node.events.subscribe(patient()));
    await live(node, await runPod(node));
    const heard = await Promise.all(subscribers.map((one) => read(one, 6)));
    for (const events of heard) assert.ok(events.every((event, n) => event === heard[0]?.[n]));
  });

  it("who does not read is cut off and named, and nobody else notices", async () => {
    const node = new FakeNode();
    const slow = node.events.subscribe({ ...patient(), agent: "crictl/1.36" });
    const quick = node.events.subscribe(patient());
    const sandbox = await runPod(node);
    await read(quick, 2);
    for (let n = 0; n < 250; n++) {
      const id = await live(node, sandbox);
      assert.deepEqual(
        (await read(quick, 4)).map((event) => event.id),
        [id, id, id, id],
      );
    }
    const sentence =
      /^subscriber 1 \(crictl\/1\.36, since \S+\) is cut off: it is 1001 events behind, more than the 1000 that may wait for it; list all, and subscribe again$/;
    await assert.rejects(slow.next(), { code: "Exhausted", message: sentence });
    assert.match(node.cutOff[0] ?? "", sentence);
    assert.equal(node.cutOff.length, 1);
    assert.equal(node.events.listening, 1);
    assert.deepEqual(node.events.queues.behind, { length: 0, bound: 1000, refused: 1 });
  });

  it("who leaves is forgotten, whether it waits or reads", async () => {
    const node = new FakeNode();
    const leaving = new AbortController();
    const waits = node.events.subscribe({ signal: leaving.signal });
    const reads = node.events.subscribe({ signal: leaving.signal });
    const next = waits.next();
    await runPod(node);
    leaving.abort();
    assert.equal((await next).value?.type, "created");
    assert.equal(node.events.listening, 0);
    const gone = node.events.subscribe({ signal: leaving.signal });
    assert.deepEqual(await gone.next(), { done: true, value: undefined });
    await live(node, await runPod(node, "two"));
    assert.deepEqual((await read(reads, 9)).length, 2);
  });

  it("is told that the daemon ends, after what waited for it", async () => {
    const node = new FakeNode();
    const [waits, reads] = [node.events.subscribe(patient()), node.events.subscribe(patient())];
    await read(waits, 0);
    await runPod(node);
    await read(waits, 2);
    const next = waits.next();
    node.events.close();
    await assert.rejects(next, { code: "Unavailable", message: /^the runtime ends; what happens/ });
    assert.equal((await read(reads, 2)).length, 2);
    await assert.rejects(reads.next(), { code: "Unavailable" });
    assert.throws(() => node.events.subscribe(patient()), { code: "Unavailable" });
  });

  it("is refused in words where too many listen", () => {
    const node = new FakeNode();
    for (let n = 0; n < 100; n++) node.events.subscribe(patient());
    assert.throws(() => node.events.subscribe(patient()), {
      code: "Exhausted",
      message: /^100 clients listen to events already, which is the bound/,
    });
    assert.deepEqual(node.events.queues.subscribers, { length: 100, bound: 100, refused: 1 });
  });
});
