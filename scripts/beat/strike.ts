/** The blow of one life: waits for its moment, kills, lets live again; and notes what it really hit. */
import { setTimeout as pause } from "node:timers/promises";
import { killAndAwait, monitorOf, type TestDaemon } from "../../spec/support/daemon.ts";
import { eventually, type Kubelet } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { isAtWork, type Gate, type Held } from "./gate.ts";
import type { InTool, Plan, Step } from "./plan.ts";

/** One kill: of whom, and in what it fell. */
export interface Hit {
  /** "daemon", "monitor", "both", or a tool's call. */
  readonly victim: string;
  /** A step, `idle` (the step was over), `beside a tool`, `recovery`; a tool's phase; or `missed`. */
  readonly where: string;
}

const BACK_WITHIN_MS = 20_000;

export class Strike {
  readonly #daemon: TestDaemon;
  readonly #kubelet: Kubelet;
  readonly #plan: Plan;
  readonly #forgo: () => void = () => {};
  #step: Step = "run";
  #working = true;
  #blow: Promise<void> | undefined;
  readonly hits: Hit[] = [];
  /** The step in which daemon and monitor were down, both. */
  bothDownIn: Step | undefined;

  constructor({ daemon, kubelet }: TestBed, gate: Gate, plan: Plan) {
    this.#daemon = daemon;
    this.#kubelet = kubelet;
    this.#plan = plan;
    const { at } = plan;
    if ("step" in at) return;
    const { held, forgo } = gate.hold(at.call);
    this.#forgo = forgo;
    void held.then((tool) => {
      if (tool) this.#begin(this.#inTool(tool, at));
    });
  }

  /** Makes a step, with the blow in the midst of it where the plan says so; over when the blow is, too. */
  async during<Result>(step: Step, work: () => Promise<Result>): Promise<Result> {
    this.#step = step;
    this.#working = true;
    const { at } = this.#plan;
    if ("step" in at && at.step === step && !this.#blow) this.#begin(this.#inStep(at.afterMs));
    const result = await work();
    this.#working = false;
    await this.over();
    return result;
  }

  /** Resolves when nothing is being killed or coming back. */
  async over(): Promise<void> {
    await this.#blow;
  }

  /** At the end of the life: a moment that has not come will not come any more, and who was killed is back. */
  async end(): Promise<void> {
    this.#forgo();
    await this.#blow;
    await this.#isReady();
    if (!this.#blow && !("step" in this.#plan.at)) this.#note(this.#tellVictim(), "missed");
  }

  #begin(blow: Promise<void>): void {
    this.#blow = blow;
    blow.catch(() => {}); // told by who awaits it
  }

  async #inStep(afterMs: number): Promise<void> {
    await pause(afterMs);
    await this.#kill(this.#working ? this.#step : "idle");
  }

  async #inTool(tool: Held, { call, phase, afterMs, heldMs }: InTool): Promise<void> {
    if (phase === "during") tool.go();
    if (phase === "during") await pause(afterMs);
    if (phase === "after") await tool.work();
    if (this.#plan.victim === "tool") {
      const hit = isAtWork(tool.pid);
      if (hit) process.kill(tool.pid, "SIGKILL");
      return this.#note(call, hit ? phase : "missed");
    }
    const blow = this.#kill(isAtWork(tool.pid) ? "beside a tool" : this.#working ? this.#step : "idle");
    if (phase !== "during") {
      await pause(heldMs);
      tool.go();
    }
    await blow;
  }

  async #kill(where: string): Promise<void> {
    const { victim, againMs } = this.#plan;
    this.#note(victim, (await this.#down()) ? where : "missed");
    if (againMs === undefined) return this.#up();
    // It is killed in the midst of it, and that is how it may end.
    const coming = this.#up().catch(() => {});
    if (victim === "monitor") await coming; // the daemon begins it, in its own time
    await pause(againMs);
    const hit = await this.#down();
    await coming;
    this.#note(victim, hit ? "recovery" : "missed");
    await this.#up();
  }

  /** False: there was none to be killed. */
  async #down(): Promise<boolean> {
    const { victim } = this.#plan;
    const monitor = victim === "daemon" ? undefined : monitorOf(this.#daemon);
    if (victim === "both") this.bothDownIn = this.#step;
    if (monitor !== undefined) await killAndAwait(monitor);
    if (victim !== "monitor") await this.#daemon.kill();
    return victim !== "monitor" || monitor !== undefined;
  }

  async #up(): Promise<void> {
    if (this.#plan.victim !== "monitor") await this.#daemon.start();
    else if (this.#plan.againMs !== undefined)
      await eventually("another monitor", BACK_WITHIN_MS, () => monitorOf(this.#daemon));
  }

  /** Daemon and monitor are there, and know each other. */
  async #isReady(): Promise<void> {
    const isReady = async (): Promise<true | undefined> =>
      (await this.#kubelet.isReady("RuntimeReady")).ok || undefined;
    await eventually("a monitor that the daemon speaks to", BACK_WITHIN_MS, isReady);
  }

  #tellVictim(): string {
    const { victim, at } = this.#plan;
    return victim === "tool" && "call" in at ? at.call : victim;
  }

  #note(victim: string, where: string): void {
    this.hits.push({ victim, where });
  }
}
