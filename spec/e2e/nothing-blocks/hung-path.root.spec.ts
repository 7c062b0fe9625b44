import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { askDaemon } from "../../../src/cli/daemon.ts";
import { Bystanders } from "../../support/bystanders.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually, type AppConfig, type Pod } from "../../support/kubelet.ts";
import { stuckMount, type StuckMount } from "../../support/stuck-mount.ts";
import { testBed, type TestBed } from "../../support/test-bed.ts";

/** What Troupe asks about a path that the kubelet gave (`drivers/oci/host-paths.ts`). */
const helpers = ["sh", "realpath", "stat", "head", "find"];

describe("a host path that does not answer", inTestNode, () => {
  let stuck: StuckMount;
  let bed: TestBed;
  before(async () => {
    stuck = await stuckMount();
    bed = await testBed({ name: "hung" });
  });
  afterEach(async (spec) => {
    await stuck.answer();
    await bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.end();
    await stuck.end();
  });

  const mounted = (host_path: string, container_path = "/data"): AppConfig => ({
    mounts: [{ host_path, container_path, readonly: true }],
  });
  const waits = async (): Promise<readonly string[]> =>
    (await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[];
  /** So many say so at the same time. */
  const wait = (count: number, words: RegExp): Promise<unknown> =>
    eventually(`${count} that say ${words.source}`, 10_000, async () => {
      const said = (await waits()).filter((line) => words.test(line));
      return said.length === count || undefined;
    });
  const creations = (pod: Pod, count: number, more: AppConfig): Promise<string>[] =>
    Array.from({ length: count }, (_, n) => bed.kubelet.create(pod, bed.kubelet.appConfig(`app-${n}`, "exit 4", more)));

  it("as a mount source, a file of the pod's, a profile, a device: each creation is told, all others go on, a retry does well", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2);
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const profile = { profile_type: 2, localhost_ref: `${stuck.path}/profile.json` };
    const named: AppConfig[] = [
      mounted(`${stuck.path}/resolv.conf`, "/etc/resolv.conf"),
      { linux: { security_context: { ...kubelet.security, seccomp: profile } } },
      { devices: [{ host_path: `${stuck.path}/device.0`, container_path: "/dev/device", permissions: "r" }] },
    ];
    await stuck.hold();
    const all = [
      ...creations(pod, 20, mounted(stuck.path)),
      ...named.map((more, n) => kubelet.create(pod, kubelet.appConfig(`named-${n}`, "true", more))),
    ];
    const told = Promise.all(
      all.map((creation) =>
        assert.rejects(creation, {
          code: "DEADLINE_EXCEEDED",
          message:
            /^CreateContainer of \S+ in e2e\/pod: (mount source|file|device) \/mnt\/stuck\/\S+ did not answer within 10000 ms: is its filesystem reachable\?$/,
        }),
      ),
    );
    await wait(23, /is creating\.bundling, it waits for writeBundle \(bundles\.write\), since /);
    await bystanders.goOn();
    await told;
    assert.deepEqual(await waits(), []);
    await bystanders.goOn();
    await stuck.answer();
    const ids = await Promise.all(creations(pod, 20, mounted(stuck.path)));
    await kubelet.start(ids[0]!);
    assert.equal((await kubelet.exited(ids[0]!)).exit_code, 4);
    await kubelet.endPod(pod);
  });

  it("that stops between Troupe's look and the OCI runtime's: creations wait for it and end well, all others go on", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 1);
    const pods = [await kubelet.runPod(kubelet.podConfig("one")), await kubelet.runPod(kubelet.podConfig("two"))];
    await stuck.hold(...helpers);
    const all = pods.flatMap((pod) => creations(pod, 10, mounted(stuck.path)));
    await wait(20, /is creating\.\S+, it waits for create \(monitor\.create\), since .*, for at most 240\.0 s/);
    await bystanders.goOn();
    await stuck.answer();
    const ids = await Promise.all(all);
    await Promise.all(ids.map((id) => kubelet.start(id)));
    for (const id of ids) assert.equal((await kubelet.exited(id)).exit_code, 4);
    for (const pod of pods) await kubelet.endPod(pod);
  });

  it("and a pod whose containers hang in their creation is removed: told what that waits for, and done when it answers", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 1);
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    await stuck.hold(...helpers);
    // Who asked for one that came to be before its end is answered so.
    const told = Promise.allSettled(creations(pod, 3, mounted(stuck.path)));
    await wait(3, /it waits for create /);
    await assert.rejects(kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }, { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message: /^StopPodSandbox of e2e\/pod: .*it waits for emptied, .* it waits for create \(monitor\.create\)/,
    });
    await bystanders.goOn();
    const ending = kubelet.endPod(pod);
    await stuck.answer();
    await told;
    await ending;
    assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
  });

  it("as the place of a pod's logs: its containers start and end, all others' logs are written", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2);
    const pod = await kubelet.runPod(kubelet.podConfig("pod", { log_directory: `${stuck.path}/pod` }));
    await stuck.hold();
    const [app, job] = [
      await kubelet.run(pod, "app", "while :; do echo said; sleep 0.1; done"),
      await kubelet.run(pod, "job", "echo said; exit 4"),
    ];
    await stuck.holds(1);
    await bystanders.goOn();
    assert.equal((await kubelet.exited(job)).exit_code, 4);
    await kubelet.stop(app, 0);
    await bystanders.goOn();
    await kubelet.endPod(pod);
  });
});
