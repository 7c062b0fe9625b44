/** Healthy pods, and how long what a kubelet asks of them takes: the same questions, whatever others wait for. */
import { setTimeout as pause } from "node:timers/promises";
import { several } from "../../bench/support/crowd.ts";
import type { Kubelet, Pod } from "../../spec/support/kubelet.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { initOf } from "../demo/witness.ts";

export const operations = ["stop", "list", "exec", "exit"] as const;
export type Operation = (typeof operations)[number];
/** Milliseconds of each call of a block. */
export type Block = Readonly<Record<Operation, readonly number[]>>;

const inBlock = { list: 150, exec: 40, stop: 20, exit: 20 };
const atOnce = 5;
/** Before each block: what has just begun, or ended, is to have settled. */
const settleMs = 1_000;
/** Says so when it would hear the stop signal. */
const willing = "trap 'exit 0' TERM; echo up; sleep 1000000 & wait";

interface Member {
  readonly pod: Pod;
  readonly container: string;
}

export class Healthy {
  readonly #kubelet: Kubelet;
  readonly #members: Member[] = [];
  #made = 0;

  constructor(kubelet: Kubelet) {
    this.#kubelet = kubelet;
  }

  async gather(count: number): Promise<void> {
    const kubelet = this.#kubelet;
    const names = Array.from({ length: count }, (_, n) => `healthy-${n}`);
    await several(names, atOnce, async (name) => {
      const pod = await kubelet.runPod(kubelet.podConfig(name));
      this.#members.push({ pod, container: await kubelet.run(pod, "app", willing) });
    });
  }

  async measure(): Promise<Block> {
    const kubelet = this.#kubelet;
    const times = (count: number, work: (member: Member) => Promise<number>): Promise<number[]> =>
      Array.from({ length: count }, (_, n) => this.#members[n % this.#members.length]!).reduce<Promise<number[]>>(
        async (before, member) => [...(await before), await work(member)],
        Promise.resolve([]),
      );
    await pause(settleMs);
    return {
      list: await times(inBlock.list, () => timed(kubelet.cri.call("ListContainers", {}))),
      exec: await times(inBlock.exec, ({ container }) => timed(kubelet.exec(container, "/bin/true"))),
      stop: await times(inBlock.stop, ({ pod }) =>
        this.#guest(pod, (id) => timed(kubelet.cri.call("StopContainer", { container_id: id, timeout: "30" }))),
      ),
      exit: await times(inBlock.exit, ({ pod }) =>
        this.#guest(pod, (id, name) => timed(this.#exit(id, processOf(name)))),
      ),
    };
  }

  async end(): Promise<void> {
    await several(this.#members.splice(0), atOnce, ({ pod }) => this.#kubelet.endPod(pod));
  }

  /** A container of a healthy pod for one measurement. */
  async #guest(pod: Pod, work: (id: string, name: string) => Promise<number>): Promise<number> {
    const kubelet = this.#kubelet;
    const name = `guest-${++this.#made}-of-healthy`;
    const config = kubelet.appConfig(name, willing);
    const id = await kubelet.create(pod, { ...config, command: [...(config.command ?? []), name] });
    await kubelet.start(id);
    await kubelet.logged(pod, name, "up");
    const took = await work(id, name);
    await kubelet.remove(id);
    return took;
  }

  /** From the signal until ContainerStatus says so, asked each millisecond. */
  async #exit(id: string, pid: number): Promise<void> {
    process.kill(pid, "SIGKILL");
    while ((await this.#kubelet.status(id)).state !== ContainerState.CONTAINER_EXITED) await pause(1);
  }
}

const processOf = (name: string): number => {
  const pid = initOf(name);
  if (pid === undefined) throw new Error(`container ${name} has no process`);
  return pid;
};

const timed = async (work: Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
};
