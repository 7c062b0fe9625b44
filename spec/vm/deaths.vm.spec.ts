/** Deaths around a container on Linux before 6.15, where the kernel tells only a process's parent how it ended. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { killAndAwait, monitorOf, processesWith } from "../support/daemon.ts";
import { eventually, hostNetwork, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { inVm } from "./support/in-vm.ts";

const troupe = fileURLToPath(new URL("../../bin/troupe", import.meta.url));

describe("on Linux 6.1", inVm, () => {
  let bed: TestBed;
  let pod: Pod;
  before(async () => {
    bed = await testBed({ name: "deaths", network: false });
    const linux = { security_context: { namespace_options: hostNetwork } };
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod", { linux }));
    bed.rebase();
  });
  afterEach(() => bed.leavesNothing());
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  /** Runs `script` in a container that has the folder `/go`, and makes `FILE` in it when told to. */
  const run = async (name: string, script: string): Promise<{ id: string; tell: (file: string) => void }> => {
    const linux = { security_context: { namespace_options: hostNetwork } };
    const mounts = [{ container_path: "/go", host_path: bed.logs, readonly: true }];
    const id = await bed.kubelet.run(pod, name, script, { linux, mounts });
    return { id, tell: (file) => writeFileSync(join(bed.logs, file), "") };
  };
  const monitor = (): number => {
    const pid = monitorOf(bed.daemon);
    assert.ok(pid);
    return pid;
  };
  /** With another monitor than the one that was killed: of that one's end the daemon may not have heard yet. */
  const connected = (killed: number): Promise<true> =>
    eventually("a monitor", 20_000, async () => {
      const { ok } = await bed.kubelet.isReady("RuntimeReady");
      return ok && ![undefined, killed].includes(monitorOf(bed.daemon)) ? true : undefined;
    });

  it("a container that outlives a killed monitor ends as unknown, with the reason, and never with an invented code", async () => {
    const { id, tell } = await run("outliving", "while [ ! -e /go/end-outliving ]; do sleep 0.1; done; exit 5");
    const killed = monitor();
    await killAndAwait(killed);
    await connected(killed);
    tell("end-outliving");
    const { exit_code, reason, message } = await bed.kubelet.exited(id, 20_000);
    assert.deepEqual([exit_code, reason], [255, "Unknown"]);
    assert.match(message, /not a child of the monitor, and before Linux 6\.15 the kernel tells only its parent/);
    await bed.kubelet.remove(id);
  });

  it("an upgrade of the monitor in place loses no exit and no line", async () => {
    const script =
      "i=0; while [ ! -e /go/end-upgraded ]; do echo line $i; i=$((i+1)); sleep 0.01; done; echo end; exit 6";
    const { id, tell } = await run("upgraded", script);
    await bed.kubelet.logged(pod, "upgraded", "line 5");
    const before = monitor();
    const said = execFileSync(troupe, ["monitor", "upgrade", "--run-dir", bed.daemon.runDir], { encoding: "utf8" });
    assert.match(said, new RegExp(`^the monitor ${before} runs version `));
    const last = bed.kubelet.log(pod, "upgraded").length;
    await bed.kubelet.logged(pod, "upgraded", `line ${last + 10}`, 20_000);
    tell("end-upgraded");
    const { exit_code, reason } = await bed.kubelet.exited(id, 20_000);
    assert.deepEqual([exit_code, reason], [6, "Error"]);
    const lines = bed.kubelet.log(pod, "upgraded");
    assert.deepEqual(lines, [...lines.slice(0, -1).map((_, number) => `line ${number}`), "end"]);
    await bed.kubelet.remove(id);
    // As slow as this machine is, the daemon waited for this one, and has started no other.
    assert.deepEqual(processesWith(`monitor --run-dir ${bed.daemon.runDir}`), [before]);
  });

  it("a container that ends while the daemon is dead has its code", async () => {
    const { id, tell } = await run(
      "unattended",
      "while [ ! -e /go/end-unattended ]; do sleep 0.1; done; echo over; exit 7",
    );
    await bed.daemon.kill();
    tell("end-unattended");
    await bed.kubelet.logged(pod, "unattended", "over");
    await bed.daemon.start();
    const { exit_code, reason } = await bed.kubelet.exited(id, 20_000);
    assert.deepEqual([exit_code, reason], [7, "Error"]);
    await bed.kubelet.remove(id);
  });
});
