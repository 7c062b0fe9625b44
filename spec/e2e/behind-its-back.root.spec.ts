import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { crun, testBed, type TestBed } from "../support/test-bed.ts";

const shared = { security_context: { namespace_options: { pid: NamespaceMode.POD } } };

describe("what others do to containers behind the daemon's back", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let init: number;
  before(async () => {
    bed = await testBed({ name: "back" });
  });
  beforeEach(async () => {
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "exec sleep 7501");
    init = await eventually("the process of app", 2000, () => initOf("sleep\u00007501"));
  });
  afterEach(async (spec) => {
    await bed.kubelet.endPod(pod);
    rmSync(join(bed.logs, "pod"), { recursive: true, force: true });
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const states = (): string => join(bed.daemon.runDir, "oci", "crun");
  const deleteByHand = (): void =>
    void execFileSync(crun, ["--root", states(), "delete", "--force", app], { stdio: "pipe" });

  it("a container that is deleted by hand has ended by SIGKILL, and goes as any other", async () => {
    const { kubelet } = bed;
    deleteByHand();
    assert.equal((await kubelet.exited(app)).exit_code, 137);
    await kubelet.remove(app);
  });

  it("a container that is deleted by hand while there is no daemon: the next one knows its end, and it goes", async () => {
    const { kubelet, daemon } = bed;
    await daemon.kill();
    deleteByHand();
    await daemon.start();
    assert.equal((await kubelet.exited(app)).exit_code, 137);
    await kubelet.remove(app);
  });

  for (const meanwhile of ["with", "without"])
    it(`a container of which its OCI runtime knows nothing any more, ${meanwhile} a daemon there, is stopped all the same`, async () => {
      const { kubelet, daemon } = bed;
      if (meanwhile === "without") await daemon.kill();
      rmSync(join(states(), app), { recursive: true });
      if (meanwhile === "without") await daemon.start();
      assert.equal((await kubelet.status(app)).state, 1);
      assert.ok(isThere(init));
      await kubelet.stop(app, 1);
      assert.ok(!isThere(init));
      assert.equal((await kubelet.status(app)).exit_code, 137);
      await kubelet.remove(app);
    });

  it("so is the pod's infra process, and a container that was never started", async () => {
    const { kubelet } = bed;
    const sharing = await kubelet.runPod(kubelet.podConfig("shared", { linux: shared }));
    const created = await kubelet.create(sharing, kubelet.appConfig("created", "true", { linux: shared }));
    for (const id of [sharing.id, created]) rmSync(join(states(), id), { recursive: true });
    await kubelet.remove(created);
    await kubelet.endPod(sharing);
  });

  /** A process with the pid of one that has ended, as a busy host gives it again some day. */
  const stranger = async (pid: number): Promise<ChildProcess> => {
    for (let tries = 0; tries < 50; tries++) {
      writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
      const child = spawn("sleep", ["7502"], { stdio: "ignore", detached: true });
      if (child.pid === pid) return child;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    throw new Error(`the pid ${pid} could not be had again`);
  };

  it("a pid that is another's by now: its container has ended, and what has the pid is neither taken for it nor killed", async () => {
    const { kubelet, daemon } = bed;
    const monitor = monitorOf(daemon)!;
    await daemon.kill();
    await killAndAwait(monitor);
    await killAndAwait(init);
    const other = await stranger(init);
    const ended = new Promise((resolve) => other.once("exit", resolve));
    try {
      await daemon.start();
      const { state, reason, message } = await kubelet.status(app);
      assert.equal(state, 2);
      assert.match(
        `${reason} ${message}`,
        /^Unknown the exit code is not known: .*(no monitor to see it|nobody saw it end)/,
      );
      await kubelet.stop(app, 0);
      await kubelet.remove(app);
      await kubelet.endPod(pod);
      assert.equal(other.exitCode ?? other.signalCode, null);
      assert.ok(isThere(init));
    } finally {
      other.kill("SIGKILL");
      await ended;
    }
  });

  it("a mount in a container's files that will not go: its removal says so, others are served; when it is gone, so is it", async () => {
    const { kubelet, place } = bed;
    const beside = await kubelet.run(pod, "beside", "exec sleep 60");
    const held = join(place, "root/containers", app, "held");
    mkdirSync(held);
    execFileSync("mount", ["-t", "tmpfs", "held", held]);
    writeFileSync(join(held, "precious"), "");
    try {
      await kubelet.stop(app, 0);
      const removal = kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 3000 });
      await assert.rejects(removal, {
        code: "DEADLINE_EXCEEDED",
        message: /cannot remove the root filesystem of container \w+: .*held/,
      });
      assert.ok(existsSync(join(held, "precious")), "what is mounted there is not ours to delete");
      assert.equal(await kubelet.shell(beside, "echo on"), "on");
      const again = await kubelet.run(pod, "again", "exit 4");
      assert.equal((await kubelet.exited(again)).exit_code, 4);
    } finally {
      execFileSync("umount", [held]);
    }
    await kubelet.remove(app);
    assert.ok(!existsSync(join(place, "root/containers", app)));
  });
});
