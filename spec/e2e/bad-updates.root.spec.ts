import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Draft } from "../../src/grpc/draft.ts";
import type { LinuxContainerResources } from "../../src/grpc/messages/container-config.ts";
import type { UpdateContainerResourcesRequest } from "../../src/grpc/messages/container.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { killAndAwait } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { hang, scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

type Update = Draft<UpdateContainerResourcesRequest>;
type Limits = Draft<LinuxContainerResources>;
const MiB = 1 << 20;
const isV2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
const unknown = "f".repeat(64);
const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`memory.file${n}`, "1"]));

describe("updates of limits that cannot be, or that fail", inTestNode, () => {
  let runtime: ScriptedRuntime;
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    runtime = scriptedRuntime("/run/e2e-badupd");
    bed = await testBed({ name: "badupd", handlers: { crun: runtime.path } });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "sleep 100000", {
      linux: { resources: { memory_limit_in_bytes: String(64 * MiB) }, security_context: kubelet.security },
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
  });

  const update = (linux: Limits, options = {}): Promise<object> =>
    bed.kubelet.cri.call("UpdateContainerResources", { container_id: app, linux }, options);
  const memory = (size: number): Limits => ({ memory_limit_in_bytes: String(size * MiB) });
  /** What the kernel has and what the status tells, in MiB. */
  const inForce = async (): Promise<readonly number[]> => {
    const file = isV2 ? `troupe/troupe-${app}/memory.max` : `memory/troupe/troupe-${app}/memory.limit_in_bytes`;
    const kernel = readFileSync(join("/sys/fs/cgroup", file), "utf8");
    const told = (await bed.kubelet.status(app)).resources?.linux?.memory_limit_in_bytes;
    return [Number(kernel) / MiB, Number(told) / MiB];
  };
  const warnings = async (): Promise<readonly string[]> => {
    const { info } = await bed.kubelet.cri.call("ContainerStatus", { container_id: app, verbose: true });
    return (JSON.parse(info["info"] ?? "") as { warnings: readonly string[] }).warnings;
  };

  const table: readonly (readonly [what: string, request: Update, code: string, words: RegExp])[] = [
    ["no limits", {}, "INVALID_ARGUMENT", /^linux is missing$/],
    ["no container", { container_id: "", linux: {} }, "INVALID_ARGUMENT", /^container_id is empty$/],
    ["limits of Windows", { windows: {} }, "INVALID_ARGUMENT", /^linux is missing$/],
    ["an unknown container", { container_id: unknown, linux: {} }, "NOT_FOUND", /^container "f+" is not known/],
    ["a number out of range", { linux: { cpu_quota: "-2" } }, "INVALID_ARGUMENT", /^linux\.cpu_quota is -2/],
    [
      "more than a number holds",
      { linux: { cpu_shares: "9223372036854775807" } },
      "INVALID_ARGUMENT",
      /^linux\.cpu_shares/,
    ],
    [
      "a page size that is none",
      { linux: { hugepage_limits: [{ page_size: "big", limit: "1" }] } },
      "INVALID_ARGUMENT",
      /page_size is "big"/,
    ],
    ["a CPU set with words", { linux: { cpuset_cpus: "first" } }, "INVALID_ARGUMENT", /^linux\.cpuset_cpus is "first"/],
    [
      "a path in place of a file",
      { linux: { unified: { "../../x": "1" } } },
      "INVALID_ARGUMENT",
      /^linux\.unified has the key/,
    ],
    [
      "10,000 files of a cgroup v2",
      { linux: { unified: many } },
      "INVALID_ARGUMENT",
      /^unified resources \(memory\.file\d+, [^)]* and 9997 more\) need cgroup v2|memory\.file\d/,
    ],
    [
      "a megabyte for a name",
      { linux: { cpuset_cpus: "x".repeat(MiB) } },
      "INVALID_ARGUMENT",
      /^linux\.cpuset_cpus is "x{10,80}…, which is no list/,
    ],
    [
      "less swap than memory",
      { linux: { memory_swap_limit_in_bytes: "4096" } },
      "INVALID_ARGUMENT",
      /memory and swap together/,
    ],
  ];
  for (const [what, request, code, message] of table)
    it(`${what}: refused with ${code}, and nothing has changed`, async () => {
      const before = await inForce();
      const whole = { container_id: app, ...request };
      await assert.rejects(bed.kubelet.cri.call("UpdateContainerResources", whole), { code, message });
      assert.deepEqual(await inForce(), before);
    });

  it("nothing given is nothing to change", async () => {
    const before = await inForce();
    await update({});
    assert.deepEqual(await inForce(), before);
  });

  it("one that fails after half of it is taken back, and told in the runtime's words", async () => {
    // Only the limits that are wanted (72 MiB) fail, and after they have been applied.
    runtime.on(
      "update",
      `for word; do
        [ "$last" = --log ] && log=$word
        [ "$last" = --resources ] && grep -q ${72 * MiB} $word && isWanted=1
        last=$word
      done
      if [ -n "$isWanted" ]; then
        /usr/bin/crun "$@"
        echo '{"level":"error","msg":"the second half failed"}' >>$log
        exit 1
      fi`,
    );
    const before = await inForce();
    await assert.rejects(update(memory(72)), {
      code: "UNKNOWN",
      message:
        /^UpdateContainerResources of app: crun could not change the limits of the container: the second half failed$/,
    });
    assert.deepEqual(await inForce(), before);
    assert.deepEqual(await warnings(), []);
  });

  it("one that fails, and cannot be taken back, leaves a doubt that is told, over a death, until one goes well", async () => {
    runtime.on("update", "exit 1");
    const doubt =
      /could not change the limits .*; what was before could not be put back, so that its limits are in doubt: /;
    await assert.rejects(update(memory(72)), { message: doubt });
    await bed.daemon.kill();
    await bed.daemon.start();
    assert.match((await warnings()).join(), /^its limits are in doubt/);
    runtime.reset();
    await update(memory(68));
    assert.deepEqual([await inForce(), await warnings()], [[68, 68], []]);
  });

  it("one that hangs is named to whoever asks for another, ended at its bound and taken back", async () => {
    runtime.on(
      "update",
      `[ -e $scripts/hung ] && rm $scripts/hung && exec /usr/bin/crun "$@"; touch $scripts/hung; ${hang}`,
    );
    const before = await inForce();
    const call = update(memory(72), { deadlineMs: 60_000 });
    await runtime.hanging();
    await assert.rejects(update(memory(76)), { code: "UNAVAILABLE", message: /is updating\.applying; ask again/ });
    await assert.rejects(call, {
      code: "DEADLINE_EXCEEDED",
      message: /runtime\.update took longer than its bound of 10 s/,
    });
    assert.deepEqual(await inForce(), before);
  });

  it("one whose client leaves, and whose daemon is killed, is carried out by the next daemon", async () => {
    runtime.on("update", hang);
    const leaving = new AbortController();
    const call = update(memory(80), { signal: leaving.signal });
    const tool = await runtime.hanging();
    leaving.abort();
    await assert.rejects(call, { code: "CANCELLED" });
    runtime.reset();
    await bed.daemon.kill();
    await killAndAwait(tool); // by its name nobody would know it for a command of the runtime
    await bed.daemon.start();
    assert.deepEqual(await inForce(), [80, 80]);
    assert.equal((await bed.kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
  });

  it("an empty request for a pod's sums is refused, unknown pods are not found, strange numbers are named", async () => {
    const { cri } = bed.kubelet;
    const sums = (request: object): Promise<object> => cri.call("UpdatePodSandboxResources", request);
    await assert.rejects(sums({}), { code: "INVALID_ARGUMENT", message: "pod_sandbox_id is empty" });
    await assert.rejects(sums({ pod_sandbox_id: unknown }), { code: "NOT_FOUND" });
    await assert.rejects(sums({ pod_sandbox_id: pod.id, resources: { cpuset_cpus: "x" } }), {
      code: "INVALID_ARGUMENT",
      message: /^resources\.cpuset_cpus is "x"/,
    });
    await sums({ pod_sandbox_id: pod.id });
  });
});
