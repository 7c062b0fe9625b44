import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CriError } from "../../src/grpc/client.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

/** How each of them ended: the value, or the code and text of the refusal. */
const outcomes = async (calls: readonly Promise<string>[]): Promise<{ values: string[]; errors: CriError[] }> => {
  const settled = await Promise.allSettled(calls);
  const values = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as CriError] : []));
  return { values, errors };
};

describe("calls that race each other", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "race" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const runs = (configs: readonly Parameters<TestBed["kubelet"]["runPod"]>[0][]): Promise<string>[] =>
    configs.map((config) => bed.kubelet.runPod(config).then(({ id }) => id));
  const creates = (pod: Pod, scripts: readonly string[]): Promise<string>[] =>
    scripts.map((script) => bed.kubelet.create(pod, bed.kubelet.appConfig("app", script)));
  const pods = async (): Promise<string[]> =>
    (await bed.kubelet.cri.call("ListPodSandbox", {})).items.map(({ id }) => id);
  const containers = async (): Promise<string[]> =>
    (await bed.kubelet.cri.call("ListContainers", {})).containers.map(({ id }) => id);

  it("equal RunPodSandbox at once: one sandbox, and all get it", async () => {
    const { kubelet } = bed;
    const config = kubelet.podConfig("pod", { labels: { a: "1", b: "2", c: "3" } });
    const reordered = kubelet.podConfig("pod", { labels: { c: "3", b: "2", a: "1" } });
    const { values, errors } = await outcomes(runs([config, config, reordered, config]));
    assert.deepEqual(errors, []);
    assert.equal(new Set(values).size, 1);
    assert.deepEqual(await pods(), [values[0]]);
    await kubelet.endPod({ id: values[0]! });
  });

  it("RunPodSandbox again against a ready sandbox is AlreadyExists, naming both, and changes nothing", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const refusal = {
      code: "ALREADY_EXISTS",
      message: new RegExp(`^RunPodSandbox of e2e/pod: ${pod.id} has this name and is ready; `),
    };
    await assert.rejects(kubelet.runPod(pod.config), refusal);
    await assert.rejects(kubelet.runPod({ ...pod.config, hostname: "another" }), refusal);
    assert.equal((await kubelet.podStatus(pod)).state, 0);
    await kubelet.endPod(pod);
  });

  it("RunPodSandbox of different configurations at once: one sandbox in the end, of the last of them", async () => {
    const { kubelet } = bed;
    const configs = ["one", "two", "three"].map((hostname) => kubelet.podConfig("pod", { hostname }));
    const { values, errors } = await outcomes(runs(configs));
    const left = await pods();
    assert.deepEqual([left, errors], [[values.at(-1)], []]);
    const { info } = await kubelet.cri.call("PodSandboxStatus", { pod_sandbox_id: left[0]!, verbose: true });
    assert.match(info["info"] ?? "", /"hostname":"three"/);
    await kubelet.endPod({ id: left[0]! });
  });

  it("equal CreateContainer at once: one container, and all get it; later too, while it is not started", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const { values, errors } = await outcomes(creates(pod, ["sleep 60", "sleep 60", "sleep 60"]));
    assert.deepEqual(errors, []);
    assert.equal(new Set(values).size, 1);
    assert.deepEqual(await containers(), [values[0]]);
    assert.equal(await kubelet.create(pod, kubelet.appConfig("app", "sleep 60")), values[0]);
    await kubelet.endPod(pod);
  });

  it("CreateContainer with another configuration supersedes what was never started, and is refused by what was", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const first = await kubelet.create(pod, kubelet.appConfig("app", "sleep 60"));
    const second = await kubelet.create(pod, kubelet.appConfig("app", "sleep 61"));
    assert.notEqual(first, second);
    assert.deepEqual(await containers(), [second]);
    await kubelet.start(second);
    for (const script of ["sleep 61", "sleep 62"])
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("app", script)), {
        code: "ALREADY_EXISTS",
        message: `CreateContainer of app in e2e/pod: ${second} has this name and is running; remove it first, or ask with the next attempt number`,
      });
    assert.equal((await kubelet.status(second)).state, ContainerState.CONTAINER_RUNNING);
    await kubelet.endPod(pod);
  });

  it("CreateContainer of different configurations at once: one container in the end, of the last of them", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const { values, errors } = await outcomes(creates(pod, ["sleep 1", "sleep 2", "sleep 3"]));
    const left = await containers();
    assert.deepEqual([left, errors], [[values.at(-1)], []]);
    await kubelet.endPod(pod);
  });

  it("five Removes at once of a container that runs, and of a pod with it, all do well", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await Promise.all(Array.from({ length: 5 }, () => kubelet.remove(app)));
    assert.deepEqual(await containers(), []);
    await kubelet.run(pod, "app", "sleep 60");
    const { cri } = kubelet;
    await Promise.all(Array.from({ length: 5 }, () => cri.call("RemovePodSandbox", { pod_sandbox_id: pod.id })));
    assert.deepEqual(await pods(), []);
  });

  it("Stop during Start: both end, and the container has ended", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    for (let n = 0; n < 3; n++) {
      const app = await kubelet.create(pod, kubelet.appConfig(`app-${n}`, "sleep 60"));
      const starting = kubelet.start(app).catch((error: unknown) => error);
      await Promise.all([kubelet.stop(app, 0), starting]);
      const { state, exit_code } = await kubelet.status(app);
      assert.equal(state, ContainerState.CONTAINER_EXITED);
      assert.notEqual(exit_code, 0);
    }
    await kubelet.endPod(pod);
  });

  it("a stop is hastened by another one with less patience, and by a removal", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const deaf = "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; done";
    for (const hasten of ["stop", "remove"] as const) {
      const app = await kubelet.run(pod, hasten, deaf);
      await kubelet.logged(pod, hasten, "up");
      const patient = kubelet.stop(app, 60);
      await kubelet.logged(pod, hasten, "asked");
      await kubelet[hasten](app);
      await patient;
      assert.deepEqual(kubelet.log(pod, hasten), ["up", "asked"]);
    }
    await kubelet.endPod(pod);
  });

  it("a pod is stopped with calls about its containers under way", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const started = await kubelet.run(pod, "started", "sleep 60");
    const { errors } = await outcomes([
      ...creates(pod, ["sleep 60"]),
      kubelet.exec(started, "sleep", "30").then(({ code }) => `${code}`),
      kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }).then(() => ""),
    ]);
    for (const { message } of errors) assert.match(message, /sandbox|container|command/);
    for (const id of await containers())
      assert.notEqual((await kubelet.status(id)).state, ContainerState.CONTAINER_RUNNING);
    await assert.rejects(kubelet.create(pod, kubelet.appConfig("late", "true")), {
      code: "FAILED_PRECONDITION",
      message: /is stopped, not ready: no container can be created in it$/,
    });
    await kubelet.endPod(pod);
  });

  it("a caller that leaves does not stop the work", async () => {
    const { kubelet } = bed;
    const leaving = new AbortController();
    const left = assert.rejects(kubelet.runPod(kubelet.podConfig("pod"), { signal: leaving.signal }), {
      code: "CANCELLED",
    });
    await kubelet.cri.call("Version", {}); // calls of one connection arrive in their order
    leaving.abort();
    await left;
    const pod = await kubelet.runPod(kubelet.podConfig("pod")).catch(async (error: unknown) => {
      assert.ok(error instanceof CriError && error.code === "ALREADY_EXISTS", String(error));
      return { id: (await pods())[0]!, config: kubelet.podConfig("pod") };
    });
    assert.deepEqual(await pods(), [pod.id]);
    await kubelet.endPod(pod);
  });

  it("a second daemon on the same folder ends with a sentence, and the first one goes on", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const { status, said } = await bed.daemon.startTwice();
    assert.equal(status, 1);
    assert.match(
      said,
      /^troupe serve: another troupe serve runs already: it holds \/run\/e2e-race\/run\/daemon\.lock\n$/,
    );
    assert.deepEqual(await pods(), [pod.id]);
    await kubelet.endPod(pod);
  });
});
