/** `troupe wipe` where it is hindered: by an OCI runtime or a monitor that does not do its part, by what strangers put there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { troupe } from "../support/command.ts";
import { monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { twoPods, wiped } from "../support/wipe.ts";

describe("troupe wipe, hindered,", inTestNode, () => {
  let bed: TestBed;
  let runtime: ScriptedRuntime;
  before(async () => {
    runtime = scriptedRuntime("/run/e2e-hindered");
    bed = await testBed({ name: "hindered", handlers: { crun: runtime.path } });
  });
  afterEach(async (spec) => {
    runtime.reset();
    await bed.daemon.start();
    await bed.kubelet.cri.call("PullImage", { image: { image: bed.image } });
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  it("ends by the kernel what an OCI runtime that fails, or is not there, does not; records that cannot be read too", async () => {
    const { pods, inits } = await twoPods(bed);
    await bed.daemon.kill();
    truncateSync(join(bed.daemon.runDir, "sandbox", `${pods[0]!.id}.json`), 20);
    runtime.on("delete", "exit 1");
    await wiped(bed, "--force");
    assert.ok(!inits.some(isThere));
    runtime.reset();

    await bed.daemon.start();
    const again = await twoPods(bed);
    await bed.daemon.kill();
    runtime.hide();
    try {
      await wiped(bed, "--force");
    } finally {
      runtime.show();
    }
    assert.ok(!again.inits.some(isThere));
  });

  it("ends a monitor that does not leave, and a command of the runtime that hangs", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("stuck"));
    runtime.on("start", "echo $$ > $scripts/pid; sleep 1000 & wait");
    const started = kubelet.run(pod, "app", "exec sleep 9003").catch(() => undefined);
    const command = await runtime.hanging();
    await daemon.kill();
    await started;
    const monitor = monitorOf(daemon)!;
    process.kill(monitor, "SIGSTOP");
    await wiped(bed, "--force");
    assert.ok(![monitor, command].some(isThere));
  });

  it("leaves what is not Troupe's, deletes nothing through a stranger's mount, and says so", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("beside"));
    const id = await kubelet.run(pod, "app", "exec sleep 9004");
    await eventually("its process", 5000, () => initOf("sleep\u00009004"));
    await daemon.kill();
    const notes = join(daemon.runDir, "sandbox", "notes");
    writeFileSync(notes, "mine");
    const [outside, inside] = [join(bed.place, "logs", "mine"), join(daemon.runDir, "bundles", id, "mine")];
    mkdirSync(outside);
    mkdirSync(inside);
    writeFileSync(join(outside, "file"), "mine");
    execFileSync("mount", ["--bind", outside, inside]);
    const { status, text } = await troupe(bed.place, "wipe", "--force");
    assert.equal(status, 1);
    assert.match(
      text,
      new RegExp(`^failed    unbundle ${id}: .* is not deleted: something is mounted at ${inside}; `, "m"),
    );
    assert.match(text, new RegExp(`^foreign   file      ${notes}: a file that Troupe does not make`, "m"));
    assert.match(text, new RegExp(`^foreign   mount     ${inside}: a mount that Troupe does not make`, "m"));
    assert.equal(initOf("sleep\u00009004"), undefined);
    assert.ok(existsSync(join(outside, "file")) && existsSync(notes));
    execFileSync("umount", [inside]);
    rmSync(notes);
    rmSync(outside, { recursive: true });
    await wiped(bed);
  });
});
