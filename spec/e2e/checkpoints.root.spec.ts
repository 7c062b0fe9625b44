/** CheckpointContainer through the whole daemon, by an OCI runtime that plays criu's part; spec/vm/ has the real one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

/** What runc with criu leaves, in short. */
const dumps = `while [ $# -gt 0 ]; do case $1 in --image-path) images=$2;; --work-path) work=$2;; esac; shift; done
echo pages > $images/pages-1.img; echo done > $work/dump.log; exit 0`;

/** Until it is killed, under the name by which a later daemon finds it. */
const hang = "echo $$ > $scripts/pid; sleep 1000";

describe("checkpoints", inTestNode, () => {
  const dir = "/run/e2e-checkpoints-out";
  let runtime: ScriptedRuntime;
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    mkdirSync(dir);
    runtime = scriptedRuntime("/run/e2e-checkpoint");
    bed = await testBed({ name: "checkpoint", handlers: { crun: runtime.path } });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "echo changed > /etc/motd; sleep 100000", {
      linux: { security_context: kubelet.security },
    });
    bed.rebase();
  });
  afterEach((spec) => {
    runtime.reset();
    return bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
    rmdirSync(dir);
  });

  const archive = join(dir, "app.tar");
  const checkpoint = (request: object = {}, options = {}): Promise<object> =>
    bed.kubelet.cri.call("CheckpointContainer", { container_id: app, location: archive, ...request }, options);
  const isUntouched = async (): Promise<void> => {
    assert.equal((await bed.kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
    assert.deepEqual(readdirSync(dir), []);
    assert.ok(!existsSync(join(bed.daemon.place, "root/containers", app, "checkpoint")));
  };

  it("are archives that CRI-O's readers read, of containers that run on", async () => {
    runtime.on("checkpoint", dumps);
    await checkpoint({ timeout: "60" });
    assert.equal(statSync(archive).mode & 0o777, 0o600);
    const text = (name: string): string => execFileSync("tar", ["-xOf", archive, name], { encoding: "utf8" });
    const { id, name, runtime: handler } = JSON.parse(text("config.dump")) as Record<string, string>;
    assert.deepEqual([id, name, handler], [app, "app", "crun"]);
    assert.match(text("spec.dump"), /"io\.kubernetes\.cri\.container-name":"app"/);
    execFileSync("tar", ["-xf", archive, "-C", dir, "rootfs-diff.tar"]);
    assert.match(execFileSync("tar", ["-tf", join(dir, "rootfs-diff.tar")], { encoding: "utf8" }), /^\.\/etc\/motd$/m);
    execFileSync("sh", ["-c", `rm ${dir}/*`]);
    await isUntouched();
  });

  it("are refused in words, and nothing is left of them", async () => {
    const refusals: readonly (readonly [request: object, code: string, words: RegExp])[] = [
      [
        {},
        "UNIMPLEMENTED",
        /^CheckpointContainer of app: crun could not .*built without criu.*unknown command checkpoint$/,
      ],
      [{ container_id: "" }, "INVALID_ARGUMENT", /^container_id is empty$/],
      [{ location: "" }, "INVALID_ARGUMENT", /^location is "", which is no absolute path$/],
      [{ location: "app.tar" }, "INVALID_ARGUMENT", /^location is "app.tar"/],
      [{ location: `${dir}/none/app.tar` }, "INVALID_ARGUMENT", /no checkpoint can be written to .*none/],
      [{ container_id: "f".repeat(64) }, "NOT_FOUND", /ffff/],
      [{ location: `${dir}/${"x".repeat(300)}` }, "INVALID_ARGUMENT", /^location has a name of 300 bytes in it, more/],
    ];
    for (const [request, code, message] of refusals) await assert.rejects(checkpoint(request), { code, message });
    await isUntouched();
  });

  it("are refused of what does not run", async () => {
    const { kubelet } = bed;
    const config = kubelet.appConfig("created", "sleep 1", { linux: { security_context: kubelet.security } });
    const id = await kubelet.create(pod, config);
    await assert.rejects(checkpoint({ container_id: id }), { code: "FAILED_PRECONDITION", message: /is created, and/ });
    await kubelet.remove(id);
  });

  it("end with their timeout, and at once with a stop of their container", async () => {
    const { kubelet } = bed;
    const linux = { security_context: kubelet.security };
    runtime.on("checkpoint", hang);
    await assert.rejects(checkpoint({ timeout: "1" }), { code: "DEADLINE_EXCEEDED", message: /bound of 1 s/ });
    await runtime.hanging();
    await isUntouched();
    const id = await kubelet.run(pod, "stopped", "sleep 100000", { linux });
    const refused = assert.rejects(checkpoint({ container_id: id }), { code: "CANCELLED", message: /was called off$/ });
    await runtime.hanging();
    await kubelet.stop(id);
    await refused;
    await kubelet.remove(id);
    await isUntouched();
  });

  it("that a daemon dies over are ended by the next one, and their containers run on", async () => {
    runtime.on("checkpoint", hang);
    const lost = assert.rejects(checkpoint());
    const tool = await runtime.hanging();
    await bed.daemon.kill();
    await lost;
    await bed.daemon.start();
    await eventually("the end of the dead daemon's runtime", 60_000, () =>
      existsSync(`/proc/${tool}`) ? undefined : true,
    );
    const left = join(bed.daemon.place, "root/containers", app, "checkpoint");
    await eventually("the next one to clear up", 10_000, () => (existsSync(left) ? undefined : true));
    await isUntouched();
  });
});
