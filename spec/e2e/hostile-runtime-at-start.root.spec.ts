import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { hang, scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { runc, testBed, type TestBed } from "../support/test-bed.ts";

describe("an OCI runtime that a daemon finds unusable at its start", inTestNode, () => {
  let runtime: ScriptedRuntime;
  let bed: TestBed;
  before(async () => {
    runtime = scriptedRuntime("/run/e2e-probe");
    bed = await testBed({ name: "probe", handlers: { crun: runtime.path, runc } });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  /** One life of the daemon in which the default runtime is so, with a container of its making. */
  const refused = async (spoil: () => void, mend: () => void, why: RegExp): Promise<void> => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await daemon.kill();
    spoil();
    try {
      await daemon.start();
      const { ok, reason, message } = await kubelet.isReady("RuntimeReady");
      assert.deepEqual([ok, reason], [false, "DefaultRuntimeUnusable"]);
      assert.match(message, why);
      await assert.rejects(kubelet.runPod(kubelet.podConfig("another")), { code: "UNAVAILABLE", message: why });

      const other = await kubelet.runPod(kubelet.podConfig("other"), { handler: "runc" });
      const id = await kubelet.run(other, "app", "exit 4");
      assert.equal((await kubelet.exited(id)).exit_code, 4);
      await kubelet.endPod(other);
      assert.equal((await kubelet.status(app)).state, 1);
      await kubelet.stop(app, 0);
      assert.equal((await kubelet.status(app)).exit_code, 137);
    } finally {
      await daemon.kill();
      mend();
      await daemon.start();
    }
    assert.ok((await kubelet.isReady("RuntimeReady")).ok);
    await kubelet.endPod(pod);
  };

  it("for it is not there: not ready, in words; other runtimes are served, what runs is told and stopped", () =>
    refused(runtime.hide, runtime.show, /\/crun is not there, or is no program; install the OCI runtime/));

  it("for it prints garbage", () =>
    refused(
      () => runtime.on("--version", "echo garbage; exit 0"),
      runtime.reset,
      /crun --version names no OCI runtime; set runtime_path to one/,
    ));

  it("for it hangs: its bound is waited for, and no longer", () =>
    refused(() => runtime.on("--version", hang), runtime.reset, /crun --version did not answer within 10000 ms/));
});
