/** Daemon and monitor are killed, ended, replaced, one at a time at random moments; each is back before the next. */
import { setTimeout as pause } from "node:timers/promises";
import { askDaemon } from "../../src/cli/daemon.ts";
import { killAndAwait, monitorOf, processesWith } from "../../spec/support/daemon.ts";
import { eventually } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { gone } from "../demo/witness.ts";

const KINDS = ["daemon killed", "daemon ended", "monitor killed", "monitor upgraded"] as const;
export type Kind = (typeof KINDS)[number];

const BACK_WITHIN_MS = 30_000;
const END_WITHIN_MS = 20_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 8_000;

export class Deaths {
  readonly #bed: TestBed;
  readonly #random: (below: number) => number;
  readonly #findings: string[];
  #present: Promise<void> | undefined;
  readonly #counts = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]));

  constructor(bed: TestBed, random: (below: number) => number, findings: string[]) {
    this.#bed = bed;
    this.#random = random;
    this.#findings = findings;
  }

  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Monitors that were killed. */
  get ofMonitor(): number {
    return this.#counts.get("monitor killed") ?? 0;
  }

  fellSince(monitors: number): boolean {
    return this.ofMonitor > monitors;
  }

  get isAtWork(): boolean {
    return this.#present !== undefined;
  }

  /** Resolves when all are back. */
  quiet(): Promise<void> {
    return this.#present ?? Promise.resolve();
  }

  tell(): string {
    return [...this.#counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
  }

  /** Until this moment of performance.now(). */
  async reign(untilMs: number): Promise<void> {
    for (;;) {
      await pause(SHORTEST_PAUSE_MS + this.#random(LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      if (performance.now() >= untilMs) return;
      const kind = KINDS[this.#random(KINDS.length)] as Kind;
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      this.#present = this.#strike(kind)
        .then(() => this.#isReady())
        .catch((error: unknown) => void this.#findings.push(`${kind}: ${String(error)}`));
      await this.#present;
      this.#present = undefined;
    }
  }

  async #strike(kind: Kind): Promise<void> {
    const { daemon } = this.#bed;
    const monitor = monitorOf(daemon);
    switch (kind) {
      case "daemon killed":
        await daemon.kill();
        return daemon.start();
      case "daemon ended": {
        const [pid] = processesWith(`serve --config ${daemon.place}/`);
        if (pid === undefined) throw new Error("there is no daemon");
        process.kill(pid, "SIGTERM"); // with its clients still there
        await gone(pid, END_WITHIN_MS);
        const status = await daemon.stop();
        if (status !== 0) this.#findings.push(`the daemon, told to end, ended with ${status}`);
        return daemon.start();
      }
      case "monitor killed":
        await killAndAwait(monitor);
        // The daemon begins it when it has seen the death of the other; until then it calls itself ready.
        await eventually("another monitor", BACK_WITHIN_MS, () => monitorOf(daemon));
        return;
      case "monitor upgraded":
        await askDaemon(daemon.runDir, "POST", "/monitor/upgrade");
        if (monitorOf(daemon) !== monitor) this.#findings.push(`an upgrade left another monitor than ${monitor}`);
    }
  }

  /** Daemon and monitor are there, and know each other. */
  async #isReady(): Promise<void> {
    const isReady = async (): Promise<true | undefined> =>
      (await this.#bed.kubelet.isReady("RuntimeReady").catch(() => undefined))?.ok || undefined;
    await eventually("a monitor that the daemon speaks to", BACK_WITHIN_MS, isReady);
  }
}
