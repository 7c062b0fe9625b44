/**
 * What waits, all of it at once: creations whose OCI runtime sleeps on a mount source that does not answer, CNI plugins that
 * hang in ADD, and containers that are frozen in a stop with a day's grace. On and off again, as often as one likes.
 */
import { freeze } from "../../spec/support/freeze.ts";
import { eventually, type Pod } from "../../spec/support/kubelet.ts";
import type { ScriptedPlugin } from "../../spec/support/scripted-plugin.ts";
import type { StuckMount } from "../../spec/support/stuck-mount.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { several } from "../../bench/support/crowd.ts";
import { askDaemon } from "../../src/cli/daemon.ts";

export interface Counts {
  readonly creations: number;
  readonly adds: number;
  readonly frozen: number;
}

/** Troupe's own look at the path is answered: it would end after ten seconds, and each retry is work that disturbs by itself. */
const helpers = ["sh", "realpath"];
const patience = { deadlineMs: 1_200_000 };
const aDay = "86400";
const atOnce = 5;

export class Faults {
  readonly #bed: TestBed;
  readonly #plugin: ScriptedPlugin;
  readonly #stuck: StuckMount;
  readonly #counts: Counts;
  #pods: readonly Pod[] = [];
  /** Those to be frozen: they are there when nothing waits too, so that lists are as long. */
  #containers: string[] = [];
  #waiting: Promise<unknown>[] = [];
  #rounds = 0;

  constructor(bed: TestBed, plugin: ScriptedPlugin, stuck: StuckMount, counts: Counts) {
    this.#bed = bed;
    this.#plugin = plugin;
    this.#stuck = stuck;
    this.#counts = counts;
  }

  /** Makes the containers that are to be frozen, in two pods. */
  async prepare(): Promise<void> {
    const { kubelet } = this.#bed;
    this.#rounds += 1;
    const pods: Pod[] = [];
    for (const name of ["creating", "frozen"])
      pods.push(await kubelet.runPod(kubelet.podConfig(`${name}-${this.#rounds}`)));
    this.#pods = pods;
    const script = "trap 'exit 0' TERM; sleep 1000000 & wait";
    await several(this.#numbers(this.#counts.frozen), atOnce, async (n) => {
      this.#containers.push(await kubelet.run(pods[1]!, `frozen-${n}`, script));
    });
  }

  /** Resolves when all of them wait. */
  async on(): Promise<void> {
    const { kubelet } = this.#bed;
    const { creations, adds, frozen } = this.#counts;
    await this.#stuck.hold(...helpers);
    this.#plugin.hold("ADD", "adding-");
    for (const id of this.#containers) freeze(id, true);
    const mounts = [{ host_path: this.#stuck.path, container_path: "/data", readonly: true }];
    this.#waiting = [
      ...this.#numbers(creations).map((n) =>
        kubelet.create(this.#pods[0]!, kubelet.appConfig(`creating-${n}`, "true", { mounts }), patience),
      ),
      ...this.#numbers(adds).map((n) => kubelet.runPod(kubelet.podConfig(`adding-${this.#rounds}-${n}`), patience)),
      ...this.#containers.map((container_id) =>
        kubelet.cri.call("StopContainer", { container_id, timeout: aDay }, patience),
      ),
    ];
    await this.#wait(creations, /it waits for create \(monitor\.create\)/);
    await this.#wait(adds, /^attachment\/.* it waits for add \(network\.attach: plugin \S+ ADD/);
    await this.#wait(frozen, /is stopping\.waiting, it waits for exited/);
  }

  /** What is frozen on v1 does not even die of SIGKILL: a test node whose last process leaves it so would never end. */
  thaw(): void {
    for (const id of this.#containers) freeze(id, false);
  }

  /** Resolves when all that waited has ended as it was asked to, and is gone. */
  async off(): Promise<void> {
    const { kubelet } = this.#bed;
    this.thaw();
    this.#containers = [];
    this.#plugin.release();
    await this.#stuck.answer();
    await Promise.all(this.#waiting.splice(0));
    const { items } = await kubelet.cri.call("ListPodSandbox", {});
    const ours = items.filter(({ metadata }) => /^(creating|frozen|adding)-/.test(metadata?.name ?? ""));
    await several(ours, atOnce, (pod) => kubelet.endPod(pod));
  }

  #numbers(count: number): readonly number[] {
    return Array.from({ length: count }, (_, n) => n);
  }

  #wait(count: number, words: RegExp): Promise<unknown> {
    return eventually(`${count} that say ${words.source}`, 60_000, async () => {
      const waits = (await askDaemon(this.#bed.daemon.runDir, "GET", "/waits")) as string[];
      return waits.filter((line) => words.test(line)).length >= count || undefined;
    });
  }
}
