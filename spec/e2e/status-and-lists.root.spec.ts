import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Signal } from "../../src/grpc/messages/container-config.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const odd = { "ключ/ä": 'line\nand\ttab "quoted"', "": "empty key", empty: "", long: "x".repeat(5000) };

describe("what status, lists and logs tell", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "status" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  it("PodSandboxStatus is whole, from ready to stopped", async () => {
    const { kubelet } = bed;
    const beganAt = BigInt(Date.now()) * 1_000_000n;
    const pod = await kubelet.runPod(kubelet.podConfig("pod", { labels: odd, annotations: odd }), { handler: "crun" });
    const ready = await kubelet.podStatus(pod);
    assert.equal(ready.id, pod.id);
    assert.match(pod.id, /^[0-9a-f]{64}$/);
    assert.deepEqual(ready.metadata, { name: "pod", uid: "uid-pod", namespace: "e2e", attempt: 0 });
    assert.equal(ready.state, PodSandboxState.SANDBOX_READY);
    assert.ok(BigInt(ready.created_at) >= beganAt - 5_000_000n);
    assert.match(ready.network?.ip ?? "", /^10\.\d+\.\d+\.\d+$/);
    assert.deepEqual([ready.labels, ready.annotations, ready.runtime_handler], [odd, odd, "crun"]);
    const { network, pid, ipc } = ready.linux?.namespaces?.options ?? {};
    assert.deepEqual([network, pid, ipc], [NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.POD]);
    await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id });
    const stopped = await kubelet.podStatus(pod);
    assert.equal(stopped.state, PodSandboxState.SANDBOX_NOTREADY);
    assert.equal(stopped.created_at, ready.created_at);
    await kubelet.endPod(pod);
  });

  it("ContainerStatus is whole, from created to exited", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const { image } = await kubelet.cri.call("ImageStatus", { image: { image: bed.image } });
    const resources = { memory_limit_in_bytes: String(64 << 20), cpu_shares: "256" };
    const config = kubelet.appConfig("app", "trap 'exit 4' USR1; while :; do usleep 5000; done", {
      metadata: { name: "app", attempt: 3 },
      image: { image: image?.id ?? "", user_specified_image: bed.image },
      labels: odd,
      annotations: odd,
      mounts: [{ container_path: "/data", host_path: bed.logs, readonly: true }],
      linux: { resources, security_context: { ...kubelet.security, run_as_user: { value: "65534" } } },
      stop_signal: Signal.SIGNAL_SIGUSR1,
    });
    const id = await kubelet.create(pod, config);
    const created = await kubelet.status(id);
    assert.deepEqual(
      [created.id, created.metadata, created.state],
      [id, config.metadata, ContainerState.CONTAINER_CREATED],
    );
    assert.deepEqual([created.started_at, created.finished_at, created.exit_code, created.reason], ["0", "0", 0, ""]);
    assert.ok(BigInt(created.created_at) > 0n);
    assert.deepEqual([created.labels, created.annotations], [odd, odd]);
    assert.deepEqual([created.image?.image, created.image_id], [bed.image, image?.id]);
    assert.equal(created.image_ref, image?.repo_digests[0]);
    assert.equal(created.log_path, join(bed.logs, "pod", "app.log"));
    const [mount] = created.mounts;
    assert.deepEqual([mount?.container_path, mount?.host_path, mount?.readonly], ["/data", bed.logs, true]);
    assert.deepEqual([created.user?.linux?.uid, created.user?.linux?.gid], ["65534", "65534"]);
    assert.equal(created.resources?.linux?.memory_limit_in_bytes, resources.memory_limit_in_bytes);
    assert.equal(created.resources?.linux?.cpu_shares, "256");
    assert.equal(created.stop_signal, Signal.SIGNAL_SIGUSR1);

    await kubelet.start(id);
    const running = await kubelet.status(id);
    assert.equal(running.state, ContainerState.CONTAINER_RUNNING);
    assert.ok(BigInt(running.started_at) >= BigInt(created.created_at));
    assert.equal(running.finished_at, "0");
    await kubelet.stop(id, 10);
    const exited = await kubelet.status(id);
    assert.deepEqual([exited.state, exited.exit_code, exited.reason], [ContainerState.CONTAINER_EXITED, 4, "Error"]);
    assert.equal(exited.started_at, running.started_at);
    assert.ok(BigInt(exited.finished_at) >= BigInt(exited.started_at));
    assert.ok(BigInt(exited.finished_at) <= BigInt(Date.now() + 5) * 1_000_000n);
    await kubelet.endPod(pod);
  });

  it("a container that was never started and is stopped has ended, and was never running", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const id = await kubelet.create(pod, kubelet.appConfig("app", "true"));
    await kubelet.stop(id);
    const { state, started_at, exit_code } = await kubelet.status(id);
    assert.deepEqual([state, started_at], [ContainerState.CONTAINER_EXITED, "0"]);
    assert.notEqual(exit_code, 0);
    await assert.rejects(kubelet.start(id), { code: "FAILED_PRECONDITION" });
    await kubelet.endPod(pod);
  });

  it("lists take all filters, each and together", async () => {
    const { kubelet } = bed;
    const { cri } = kubelet;
    const one = await kubelet.runPod(kubelet.podConfig("one", { labels: { app: "web", tier: "front" } }));
    const two = await kubelet.runPod(kubelet.podConfig("two", { labels: { app: "web" } }));
    const runs = await kubelet.run(one, "runs", "sleep 60", { labels: { app: "web", role: "a" } });
    const waits = await kubelet.create(one, kubelet.appConfig("waits", "true", { labels: { app: "web", role: "b" } }));
    const done = await kubelet.run(two, "done", "true", { labels: { app: "web" } });
    await kubelet.exited(done);
    await cri.call("StopPodSandbox", { pod_sandbox_id: two.id });

    const listed = async (filter: object): Promise<string[]> =>
      (await cri.call("ListContainers", { filter })).containers.map(({ id }) => id).toSorted();
    const pods = async (filter: object): Promise<string[]> =>
      (await cri.call("ListPodSandbox", { filter })).items.map(({ id }) => id).toSorted();
    assert.deepEqual(await listed({}), [runs, waits, done].toSorted());
    assert.deepEqual(await listed({ id: runs }), [runs]);
    assert.deepEqual(await listed({ id: runs.slice(0, 16) }), [runs]);
    assert.deepEqual(await listed({ pod_sandbox_id: one.id }), [runs, waits].toSorted());
    assert.deepEqual(await listed({ state: { state: ContainerState.CONTAINER_RUNNING } }), [runs]);
    assert.deepEqual(await listed({ state: { state: ContainerState.CONTAINER_CREATED } }), [waits]);
    assert.deepEqual(await listed({ state: { state: ContainerState.CONTAINER_EXITED } }), [done]);
    assert.deepEqual(await listed({ label_selector: { app: "web" } }), [runs, waits, done].toSorted());
    assert.deepEqual(await listed({ label_selector: { app: "web", role: "b" } }), [waits]);
    assert.deepEqual(await listed({ label_selector: { app: "web", role: "b" }, pod_sandbox_id: two.id }), []);
    assert.deepEqual(await pods({}), [one.id, two.id].toSorted());
    assert.deepEqual(await pods({ state: { state: PodSandboxState.SANDBOX_READY } }), [one.id]);
    assert.deepEqual(await pods({ state: { state: PodSandboxState.SANDBOX_NOTREADY } }), [two.id]);
    assert.deepEqual(await pods({ label_selector: { tier: "front" } }), [one.id]);
    assert.deepEqual(await pods({ label_selector: { app: "web" }, id: two.id }), [two.id]);
    for (const pod of [one, two]) await kubelet.endPod(pod);
  });

  it("the log is in CRI's format: both streams, lines of any length, a rest without an end", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const beganAt = Date.now();
    const script = "echo out; echo err >&2; echo; head -c 40000 /dev/zero | tr '\\0' 'x'; echo; printf 'no end'";
    const id = await kubelet.run(pod, "app", script);
    await kubelet.exited(id);
    const file = join(bed.logs, "pod", "app.log");
    assert.equal(statSync(file).mode & 0o7777, 0o640);
    const text = readFileSync(file, "utf8");
    const line = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF]) (.*)$/;
    const lines = text
      .split("\n")
      .slice(0, -1)
      .map((one) => line.exec(one));
    assert.ok(text.endsWith("\n") && lines.every((one) => one !== null), text.slice(0, 500));
    const of = (stream: string) => lines.filter((one) => one?.[2] === stream);
    assert.deepEqual(
      of("stderr").map((one) => one?.slice(3)),
      [["F", "err"]],
    );
    const out = of("stdout").map((one) => [one?.[3], one?.[4]] as const);
    const joined = out.map(([tag, said]) => said + (tag === "F" ? "\n" : "")).join("");
    assert.equal(joined, `out\n\n${"x".repeat(40_000)}\nno end`);
    assert.deepEqual(out.at(-1), ["P", "no end"]);
    for (const one of lines) {
      const at = Date.parse(one?.[1] ?? "");
      assert.ok(at >= beganAt - 5 && at <= Date.now() + 5, `${one?.[1]}`);
    }
    await kubelet.endPod(pod);
  });

  it("an image that is removed while a container runs from it is gone from the list, and the container runs on", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const id = await kubelet.run(pod, "app", "sleep 60");
    await kubelet.cri.call("RemoveImage", { image: { image: bed.image } });
    assert.deepEqual((await kubelet.cri.call("ListImages", {})).images, []);
    assert.equal(await kubelet.shell(id, "cat /etc/group | wc -l"), "2");
    assert.equal((await kubelet.status(id)).state, ContainerState.CONTAINER_RUNNING);
    await assert.rejects(kubelet.create(pod, kubelet.appConfig("late", "true")), { code: "NOT_FOUND" });
    await kubelet.endPod(pod);
    await kubelet.cri.call("PullImage", { image: { image: bed.image } });
  });
});
