/**
 * Healthy pods beside a fault: all that a kubelet asks of them is to be done promptly, and what they write is to be in their logs,
 * whatever others wait for. They are made before the fault, a set of them for each time that they are to be tried.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { within } from "../../scripts/slow.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import type { Pod, PodConfig } from "./kubelet.ts";
import type { TestBed } from "./test-bed.ts";

/**
 * How long each call may take. Undisturbed the slowest, the end of a pod, takes a tenth of it; everything that could hold one up
 * is bounded by more: two seconds for a log to be drained, ten for a path to be looked at.
 */
export const promptMs = within(1_500);

interface Set {
  readonly pod: Pod;
  /** Runs until it is asked to end, and then says so. */
  readonly willing: string;
  /** Ends of SIGKILL alone. */
  readonly stubborn: string;
  /** Ends by itself, with its last words, when its file `/stay` goes: that takes no room on any disk. */
  readonly job: string;
}

/** The logs of one stay, so no two have a name in common. */
let gathered = 0;

export class Bystanders {
  readonly #bed: TestBed;
  readonly #sets: Set[];

  private constructor(bed: TestBed, sets: Set[]) {
    this.#bed = bed;
    this.#sets = sets;
  }

  /** `logs`: where theirs lie, if not with all others'. */
  static async gather(bed: TestBed, count: number, logs?: string): Promise<Bystanders> {
    const { kubelet } = bed;
    const sets: Set[] = [];
    for (let n = 0; n < count; n++) {
      const name = `bystander-${++gathered}`;
      const more: PodConfig = logs === undefined ? {} : { log_directory: join(logs, name) };
      const pod = await kubelet.runPod(kubelet.podConfig(name, more));
      const [willing, stubborn, job] = await Promise.all([
        kubelet.run(pod, "willing", "trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.02; done"),
        kubelet.run(pod, "stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done"),
        kubelet.run(pod, "job", ": > /stay; echo up; while [ -e /stay ]; do sleep 0.01; done; echo last words; exit 5"),
      ]);
      for (const name of ["willing", "stubborn", "job"]) await kubelet.logged(pod, name, "up");
      sets.push({ pod, willing, stubborn, job });
    }
    return new Bystanders(bed, sets);
  }

  /**
   * One set is listed, looked at, executed in, seen to end, stopped, killed and removed: all of it promptly. `exec`, `removal`:
   * false where the fault leaves no room for it.
   */
  async goOn({
    exec = true,
    removal = true,
  }: { readonly exec?: boolean; readonly removal?: boolean } = {}): Promise<void> {
    const set = this.#sets.shift();
    if (!set) throw new Error("no bystander is left");
    const { pod, willing, stubborn, job } = set;
    const { kubelet, place } = this.#bed;
    const { containers } = await prompt("ListContainers", kubelet.cri.call("ListContainers", {}));
    assert.ok([willing, stubborn, job].every((id) => containers.some((one) => one.id === id)));
    const { items } = await prompt("ListPodSandbox", kubelet.cri.call("ListPodSandbox", {}));
    assert.ok(items.some(({ id }) => id === pod.id));
    assert.equal((await prompt("PodSandboxStatus", kubelet.podStatus(pod))).state, 0);
    assert.equal((await prompt("ContainerStatus", kubelet.status(willing))).state, ContainerState.CONTAINER_RUNNING);
    assert.ok((await prompt("Status", kubelet.isReady("RuntimeReady"))).ok);
    if (exec) assert.equal(await prompt("ExecSync", kubelet.shell(willing, "echo done")), "done");
    rmSync(join(place, "root", "containers", job, "rootfs", "stay"));
    assert.equal((await prompt("an exit", kubelet.exited(job))).exit_code, 5);
    assert.deepEqual(kubelet.log(pod, "job"), ["up", "last words"]);
    await prompt("StopContainer", kubelet.stop(willing, 60));
    assert.equal((await kubelet.status(willing)).exit_code, 0);
    assert.deepEqual(kubelet.log(pod, "willing"), ["up", "asked"]);
    await prompt("StopContainer with no grace", kubelet.stop(stubborn, 0));
    assert.equal((await kubelet.status(stubborn)).exit_code, 137);
    if (!removal) return;
    await prompt("RemoveContainer", kubelet.remove(willing));
    await prompt("StopPodSandbox", kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id }));
    await prompt("RemovePodSandbox", kubelet.cri.call("RemovePodSandbox", { pod_sandbox_id: pod.id }));
  }
}

/** What `work` comes to; fails when it takes longer than a healthy pod's may. */
export const prompt = async <Result>(what: string, work: Promise<Result>, boundMs = promptMs): Promise<Result> => {
  const begun = performance.now();
  const result = await work;
  const took = performance.now() - begun;
  assert.ok(took <= boundMs, `${what} of a bystander took ${took.toFixed(0)} ms`);
  return result;
};
