import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { askDaemon } from "../../src/cli/daemon.ts";
import { CriError } from "../../src/grpc/client.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { killAndAwait, processesWith } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { hang, scriptedBed, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import type { TestBed } from "../support/test-bed.ts";

const many = 200;

describe("two hundred callers that leave in mid-call", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  before(async () => {
    ({ bed, plugin } = await scriptedBed("leave"));
  });
  beforeEach(() => plugin.reset());
  afterEach(async (spec) => {
    plugin.reset();
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  /** All of them call, and leave when `begun` says so. */
  const leave = async (
    call: (n: number, signal: AbortSignal) => Promise<unknown>,
    begun: () => Promise<unknown>,
    count = many,
  ): Promise<void> => {
    const leaving = new AbortController();
    const calls = Array.from({ length: count }, (_, n) =>
      call(n, leaving.signal).catch((error: unknown) =>
        assert.equal(error instanceof CriError && error.code, "CANCELLED", String(error)),
      ),
    );
    await begun();
    leaving.abort();
    await Promise.all(calls);
  };
  const waits = async (): Promise<readonly string[]> =>
    (await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[];
  const atRest = (): Promise<unknown> =>
    eventually("rest", 20_000, async () => (await waits()).length === 0 || undefined);

  it("of one RunPodSandbox: there is one sandbox at work, and who comes after them gets it", async () => {
    const { kubelet } = bed;
    plugin.on("ADD", hang);
    const config = kubelet.podConfig("pod");
    let pid = 0;
    await leave(
      (_, signal) => kubelet.runPod(config, { signal }),
      async () => {
        pid = await plugin.hanging();
        // Calls of one connection arrive in their order: all two hundred wait, and the next one is told so.
        await assert.rejects(kubelet.runPod(config), {
          code: "RESOURCE_EXHAUSTED",
          message: /^RunPodSandbox of e2e\/pod: 200 callers wait for sandbox\/\w+ already; ask again later$/,
        });
      },
    );
    await eventually("room for who comes after them", 10_000, () =>
      kubelet.runPod(config, { deadlineMs: 500 }).then(
        () => assert.fail("it hangs"),
        (error: unknown) => (error instanceof CriError && error.code === "DEADLINE_EXCEEDED") || undefined,
      ),
    );
    const joining = kubelet.runPod(config);
    await kubelet.cri.call("Version", {}); // calls of one connection arrive in their order
    plugin.on("ADD", "");
    await killAndAwait(pid);
    // Killed, the plugin has failed: that is told to who has joined, and the next call does well.
    await assert.rejects(joining, { message: /failed in ADD: it was ended by SIGKILL/ });
    const pod = await kubelet.runPod(config);
    assert.deepEqual(plugin.calls(), ["ADD", "DEL", "ADD"]);
    await kubelet.endPod(pod);
  });

  it("of RunPodSandbox of as many pods: the work goes on, and all of them can be removed", async () => {
    const { kubelet } = bed;
    const pods = 30;
    await leave(
      (n, signal) => kubelet.runPod(kubelet.podConfig(`pod-${n % pods}`), { signal }),
      () => eventually("the first of them", 10_000, () => plugin.calls().length > 0 || undefined),
    );
    await atRest();
    const { items } = await kubelet.cri.call("ListPodSandbox", {});
    const names = items.map(({ metadata }) => metadata?.name);
    assert.equal(new Set(names).size, names.length);
    await Promise.all(items.map((pod) => kubelet.endPod(pod)));
    for (const { id } of items) kubelet.ids.add(id);
  });

  it("of one StopContainer: it is asked once, and ends at its deadline", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; done");
    await kubelet.logged(pod, "app", "up");
    await leave(
      (_, signal) => kubelet.cri.call("StopContainer", { container_id: app, timeout: "2" }, { signal }),
      () => kubelet.logged(pod, "app", "asked"),
    );
    assert.equal((await kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
    assert.equal((await kubelet.exited(app)).exit_code, 137);
    assert.deepEqual(kubelet.log(pod, "app"), ["up", "asked"]);
    await kubelet.endPod(pod);
  });

  it("of CreateContainer and RemoveContainer, one by one: what was made can be removed, and what was removed is gone", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const config = kubelet.appConfig("app", "sleep 60");
    for (let n = 0; n < 5; n++) {
      await leave(
        (_, signal) => kubelet.create(pod, config, { signal }),
        () => kubelet.cri.call("Version", {}),
        many / 5,
      );
      const app = await kubelet.create(pod, config);
      await leave(
        (_, signal) => kubelet.cri.call("RemoveContainer", { container_id: app }, { signal }),
        () => kubelet.cri.call("Version", {}),
        many / 5,
      );
      await kubelet.remove(app);
      assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
    }
    await kubelet.endPod(pod);
  });

  it("of ExecSync: each command is killed with its caller's going", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    const count = 40;
    const running = (): number => processesWith("sleep 4321").length;
    await leave(
      (_, signal) => kubelet.cri.call("ExecSync", { container_id: app, cmd: ["sleep", "4321"] }, { signal }),
      () => eventually("the commands", 30_000, () => running() >= count / 2 || undefined),
      count,
    );
    await atRest();
    assert.equal(running(), 0);
    assert.equal(await kubelet.shell(app, "echo on"), "on");
    await kubelet.endPod(pod);
  });
});
