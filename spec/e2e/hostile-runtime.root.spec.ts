import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { askDaemon } from "../../src/cli/daemon.ts";
import { unmount } from "../../src/drivers/linux/mount.ts";
import { allMounts } from "../../src/drivers/linux/mountinfo.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { killAndAwait } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { hang, scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { runc, testBed, type TestBed } from "../support/test-bed.ts";

describe("an OCI runtime that does not do its work", inTestNode, () => {
  let runtime: ScriptedRuntime;
  let bed: TestBed;
  let pod: Pod;
  before(async () => {
    runtime = scriptedRuntime("/run/e2e-oci");
    bed = await testBed({ name: "oci", handlers: { crun: runtime.path, runc } });
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
    bed.rebase();
  });
  afterEach((spec) => {
    runtime.reset();
    return bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  const failsWith = async (code: string, message: RegExp): Promise<void> => {
    const { kubelet } = bed;
    await assert.rejects(kubelet.create(pod, kubelet.appConfig("app", "true")), { code, message });
    assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
  };
  /** Others are served: pods of another runtime. */
  const othersAreServed = async (): Promise<void> => {
    const { kubelet } = bed;
    const other = await kubelet.runPod(kubelet.podConfig("other"), { handler: "runc" });
    const id = await kubelet.run(other, "app", "exit 4");
    assert.equal((await kubelet.exited(id)).exit_code, 4);
    await kubelet.endPod(other);
  };

  it("killed in mid-create, at whatever point: told, undone, and the next try does well", async () => {
    const { kubelet } = bed;
    for (const ms of [0, 2, 4, 8, 12, 16, 20, 30, 100]) {
      const script = `/usr/bin/crun "$@" & tool=$!; sleep ${ms / 1000}; kill -9 $tool; wait; kill -9 $$`;
      runtime.on("create", script);
      await failsWith("UNKNOWN", /^CreateContainer of app in e2e\/pod: could not create .* was killed by signal 9/);
    }
    runtime.reset();
    // Executed by its path, as the script does, crun mounts itself, and killed then leaves that. Troupe executes a copy.
    const own = allMounts().filter(({ mountPoint }) => /^\/tmp\/crun\.\w+$/.test(mountPoint));
    for (const { mountPoint } of own) unmount(mountPoint, { detach: false });
    const app = await kubelet.run(pod, "app", "exit 6");
    assert.equal((await kubelet.exited(app)).exit_code, 6);
    await kubelet.remove(app);
  });

  it("that hangs in create: named before the deadline and by `waits`, others are served, undone when it is killed", async () => {
    const { kubelet } = bed;
    runtime.on("create", hang);
    const config = kubelet.appConfig("app", "true");
    const words = /container\/[0-9a-f]{64} is creating\.spawning, it waits for create \(monitor\.create\), since \d/;
    await assert.rejects(kubelet.create(pod, config, { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message: new RegExp(
        `^CreateContainer of app in e2e/pod: ${words.source}.*, for at most 240\\.0 s; the work goes`,
      ),
    });
    assert.match(((await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[]).join("\n"), words);
    await othersAreServed();
    const pid = await runtime.hanging();
    const joined = assert.rejects(kubelet.create(pod, config), { message: /was killed by signal 9/ });
    await kubelet.cri.call("Version", {}); // calls of one connection arrive in their order
    await killAndAwait(pid);
    await joined;
  });

  it("that hangs in start: named before the deadline, and the container has ended when it is killed", async () => {
    const { kubelet } = bed;
    const app = await kubelet.create(pod, kubelet.appConfig("app", "sleep 60"));
    runtime.on("start", hang);
    await assert.rejects(kubelet.cri.call("StartContainer", { container_id: app }, { deadlineMs: 2000 }), {
      code: "DEADLINE_EXCEEDED",
      message: /^StartContainer of app in e2e\/pod: .* is starting\.spawning, it waits for start \(runtime\.start\)/,
    });
    await killAndAwait(await runtime.hanging());
    const { reason, message } = await kubelet.exited(app);
    assert.equal(reason, "StartError");
    assert.match(message, /could not start the container: .*signal SIGKILL/);
    await kubelet.remove(app);
  });

  it("that hangs in kill: after its bound the kernel is asked, and the container goes", async () => {
    const { kubelet } = bed;
    const app = await kubelet.run(pod, "app", "sleep 60");
    runtime.on("kill", hang);
    await kubelet.remove(app);
    assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
  });

  it("that prints garbage and fails is quoted", async () => {
    runtime.on("create", "echo 'Lorem ipsum \\377' >&2; exit 1");
    await failsWith("UNKNOWN", /^CreateContainer of app in e2e\/pod: could not create .*: Lorem ipsum/);
    await othersAreServed();
  });

  it("that prints garbage and says that all is well is not believed", async () => {
    runtime.on("create", "echo garbage; echo garbage > $(echo \"$@\" | sed 's/.*--pid-file //; s/ .*//'); exit 0");
    await failsWith(
      "UNKNOWN",
      /could not create .*: \S+\/crun succeeded, but the process that \S+ should name is not there$/,
    );
  });

  it("that is uninstalled: what runs is stopped all the same, and goes when it is back", async () => {
    const { kubelet } = bed;
    const app = await kubelet.run(pod, "app", "sleep 60");
    runtime.hide();
    try {
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("another", "true")), {
        message: /^CreateContainer of another in e2e\/pod: could not create .*\/crun cannot be run: .*no such file/i,
      });
      await othersAreServed();
      await kubelet.stop(app, 1);
      const { state, exit_code } = await kubelet.status(app);
      assert.deepEqual([state, exit_code], [ContainerState.CONTAINER_EXITED, 137]);
      await assert.rejects(kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 2500 }), {
        code: "DEADLINE_EXCEEDED",
        message: /^RemoveContainer of app in e2e\/pod: .*last trouble: .*crun cannot be run/,
      });
    } finally {
      runtime.show();
    }
    await kubelet.remove(app);
  });
});
