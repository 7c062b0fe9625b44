import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CriError, type CriClient } from "../../src/grpc/client.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { ContainerEventType, type ContainerEventResponse } from "../../src/grpc/messages/metrics.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { within } from "../../scripts/slow.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { hostNetwork, type Kubelet, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const words = Object.fromEntries(
  Object.entries(ContainerEventType).map(([name, value]) => [
    value,
    name.replace(/^CONTAINER_|_EVENT$/g, "").toLowerCase(),
  ]),
);

/** A client's stream of events, with its end in its own hands. */
class Stream {
  readonly heard: ContainerEventResponse[] = [];
  readonly #leaving = new AbortController();
  readonly #events: AsyncIterator<ContainerEventResponse>;

  constructor(client: CriClient) {
    this.#events = client.stream("GetContainerEvents", {}, { signal: this.#leaving.signal })[Symbol.asyncIterator]();
  }

  async next(): Promise<ContainerEventResponse> {
    const { value, done } = await this.#events.next();
    if (done) throw new Error("the stream of events has ended");
    this.heard.push(value);
    return value;
  }

  /** All up to the one for which `wanted` is true. */
  async until(wanted: (event: ContainerEventResponse) => boolean): Promise<readonly ContainerEventResponse[]> {
    while (!wanted(await this.next()));
    return this.heard;
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#events.next().catch(() => undefined);
  }
}

/** A subscription is there when its first event comes: containers are made until one has. */
const subscribed = async (kubelet: Kubelet, pod: Pod, count = 1): Promise<readonly Stream[]> => {
  const streams = Array.from({ length: count }, () => new Stream(kubelet.cri));
  const heard = Promise.all(streams.map((one) => one.next()));
  const first = { isHeard: false };
  void heard.then(
    () => (first.isHeard = true),
    () => undefined,
  );
  let last = "";
  while (!first.isHeard) {
    last = await kubelet.create(pod, kubelet.appConfig("first", "true"));
    await kubelet.remove(last);
  }
  await heard;
  await Promise.all(streams.map((one) => one.until(gone(last))));
  for (const one of streams) one.heard.length = 0;
  return streams;
};

const inHostNetwork = { linux: { security_context: { namespace_options: hostNetwork } } };
const of = (event: ContainerEventResponse): string => words[event.container_event_type] ?? "strange";
const gone = (id: string) => (event: ContainerEventResponse) => event.container_id === id && of(event) === "deleted";

describe("events of containers", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "events" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  it("tell a pod's whole life in its order, each with statuses that were true then", async () => {
    const { kubelet } = bed;
    const other = await kubelet.runPod(kubelet.podConfig("other"));
    const [stream] = await subscribed(kubelet, other);
    const beganAt = BigInt(Date.now() - 5) * 1_000_000n;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const runs = await kubelet.run(pod, "runs", "sleep 60");
    const ends = await kubelet.run(pod, "ends", "exit 3");
    await kubelet.exited(ends);
    await kubelet.stop(runs);
    await kubelet.remove(ends);
    await kubelet.endPod(pod);
    const events = (await stream?.until(gone(pod.id))) ?? [];
    const lives = (id: string): string[] => events.filter((event) => event.container_id === id).map(of);
    assert.deepEqual(lives(pod.id), ["created", "started", "stopped", "deleted"]);
    assert.deepEqual(lives(runs), ["created", "started", "stopped", "deleted"]);
    assert.deepEqual(lives(ends), ["created", "started", "stopped", "deleted"]);
    assert.ok(events.every(({ pod_sandbox_status }) => pod_sandbox_status?.metadata?.uid === "uid-pod"));
    const moments = [beganAt, ...events.map(({ created_at }) => BigInt(created_at))];
    assert.ok(moments.every((at, n) => n === 0 || at > (moments[n - 1] ?? 0n)));

    const find = (id: string, what: string) => events.find((one) => one.container_id === id && of(one) === what);
    const stateIn = (event: ContainerEventResponse | undefined, id: string) =>
      event?.containers_statuses.find((status) => status.id === id)?.state;
    assert.match(find(pod.id, "created")?.pod_sandbox_status?.network?.ip ?? "", /^10\./);
    assert.equal(stateIn(find(runs, "started"), runs), ContainerState.CONTAINER_RUNNING);
    const end = find(ends, "stopped")?.containers_statuses.find((status) => status.id === ends);
    assert.deepEqual([end?.state, end?.exit_code, end?.reason], [ContainerState.CONTAINER_EXITED, 3, "Error"]);
    assert.ok(BigInt(end?.finished_at ?? 0) > 0n);
    assert.equal(stateIn(find(ends, "deleted"), ends), undefined);
    assert.equal(stateIn(find(ends, "deleted"), runs), ContainerState.CONTAINER_EXITED);
    const ready = events.map((event) => event.pod_sandbox_status?.state === PodSandboxState.SANDBOX_READY);
    assert.ok(!ready.slice(ready.indexOf(false)).includes(true), "no sandbox comes back");
    await stream?.leave();
    await kubelet.endPod(other);
  });

  it("reach 20 clients alike", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const streams = await subscribed(kubelet, pod, 20);
    const ids = await Promise.all(Array.from({ length: 5 }, (_, n) => kubelet.run(pod, `app-${n}`, "true")));
    await Promise.all(ids.map((id) => kubelet.exited(id)));
    await kubelet.endPod(pod);
    const heard = await Promise.all(streams.map((one) => one.until(gone(pod.id))));
    assert.equal(heard[0]?.length, 5 * 4 + 2);
    for (const events of heard) assert.deepEqual(events, heard[0]);
    await Promise.all(streams.map((one) => one.leave()));
  });

  it("end with the daemon, and go on with the next one from where its lists are", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const id = await kubelet.run(pod, "app", "sleep 60");
    const [stopped] = await subscribed(kubelet, pod);
    const beganAt = performance.now();
    const [end] = await Promise.all([
      assert.rejects(
        stopped?.next() ?? Promise.resolve(),
        (error) =>
          error instanceof CriError && error.code === "UNAVAILABLE" && error.message.startsWith("the runtime ends"),
      ),
      daemonStopped(),
    ]);
    assert.equal(end, undefined);
    assert.ok(performance.now() - beganAt < within(1500), "nobody's stream holds the daemon up");
    await daemon.start();
    const [killed] = await subscribed(kubelet, pod);
    await Promise.all([assert.rejects(killed?.next() ?? Promise.resolve(), CriError), daemon.kill()]);
    await daemon.start();
    const [stream] = await subscribed(kubelet, pod);
    await kubelet.stop(id);
    await kubelet.endPod(pod);
    const events = (await stream?.until(gone(pod.id))) ?? [];
    assert.deepEqual(events.map((event) => `${event.container_id === id ? "app" : "pod"} ${of(event)}`).toSorted(), [
      "app deleted",
      "app stopped",
      "pod deleted",
      "pod stopped",
    ]);
    await stream?.leave();

    /** SIGTERM, with the client left to hear the end of its stream. */
    async function daemonStopped(): Promise<void> {
      const { pid, ended } = daemon.life();
      process.kill(pid, "SIGTERM");
      assert.equal(await ended, 0);
    }
  });

  it("are kept for nobody who has left: clients may come and go for ever", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    for (let n = 0; n < 6; n++) {
      const streams = await subscribed(kubelet, pod, 40);
      await Promise.all(streams.map((one) => one.leave()));
    }
    await kubelet.endPod(pod);
  });

  it("cut off a client that does not read, by name, and hold up nobody else", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const [slow, quick] = await subscribed(kubelet, pod, 2);
    const said = daemon.line((line) => line.includes("is cut off"), within(60_000));
    const slowOne = { isCut: false };
    void said.then(() => (slowOne.isCut = true));
    let lives = 0;
    const live = async (name: string): Promise<void> => {
      while (!slowOne.isCut) {
        // The cheapest life with events: neither plugin nor OCI runtime has a part in it.
        await kubelet.endPod(await kubelet.runPod(kubelet.podConfig(name, inHostNetwork)));
        lives += 1;
      }
    };
    const reading = quick?.until(gone(pod.id));
    await Promise.all(Array.from({ length: 6 }, (_, n) => live(`pod-${n}`)));
    assert.match(await said, /subscriber \d+ \(grpc-node-js\/\S+, since \S+\) is cut off: it is 1001 events behind/);
    await assert.rejects(
      (async () => {
        for (;;) await slow?.next();
      })(),
      (error) => error instanceof CriError && error.code === "RESOURCE_EXHAUSTED" && /is cut off/.test(error.message),
    );
    await kubelet.endPod(pod);
    assert.equal((await reading)?.length, lives * 4 + 2);
    await quick?.leave();
  });
});
