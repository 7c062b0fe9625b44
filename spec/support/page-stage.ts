/** `troupe ui` over a ring that a spec writes: a recorder as the daemon has, and its pods as the spec says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileRing } from "../../src/drivers/flight/file-ring.ts";
import { monoMs } from "../../src/drivers/linux/clock.ts";
import type { Name } from "../../src/inspect/record.ts";
import { Recorder } from "../../src/inspect/recorder.ts";
import { startHelper, type Helper } from "./page-helper.ts";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Born {
  readonly actor: string;
  readonly parent?: string;
  readonly name?: Name;
  readonly state: string;
  readonly context?: object;
}

export class PageStage {
  readonly runDir = mkdtempSync(join(tmpdir(), "ui-"));
  readonly ring: FileRing;
  readonly recorder: Recorder;
  readonly #names = new Map<string, Name>();
  readonly #places = new Map<string, { parent: string | undefined; state: string; context: object }>();
  readonly #helpers: Helper[] = [];
  #cause = 0;
  #causes = 0;
  #calls = 0;

  /** `pid`: of the daemon that the recording is of; this process's own, which lives. */
  constructor({ pid = process.pid, segmentBytes = 8 * 1024 * 1024 } = {}) {
    this.ring = new FileRing({ directory: join(this.runDir, "flight"), segmentBytes, segments: 4 });
    this.recorder = new Recorder({
      ring: this.ring,
      now: monoMs,
      wallMs: Date.now,
      cause: () => this.#cause,
      nameOf: (actor) => this.#names.get(actor),
      daemon: { version: "1.2.3", pid, boot: "spec", charts: "spec" },
      after: 0,
    });
  }

  /** Something enters by the door. */
  enter(does: () => void): void {
    this.#cause = ++this.#causes;
    does();
    this.#cause = 0;
    this.recorder.flush();
  }

  born({ actor, parent, name, state, context = {} }: Born): void {
    if (name) this.#names.set(actor, name);
    this.#places.set(actor, { parent, state, context });
    this.recorder.took({ actor, parent, event: { type: "xstate.init" }, state, context, unhandled: false });
    this.recorder.settled(actor);
  }

  step(actor: string, type: string, state?: string, context?: object): void {
    const one = this.#places.get(actor);
    if (!one) throw new Error(`${actor} was not born`);
    one.state = state ?? one.state;
    one.context = { ...one.context, ...context };
    const { parent } = one;
    this.recorder.took({ actor, parent, event: { type }, state: one.state, context: one.context, unhandled: false });
    this.recorder.settled(actor);
  }

  /** Answers the call's number. */
  call(by: string, driver: string, verb: string, boundMs: number | null): number {
    const n = ++this.#calls;
    this.recorder.note({ kind: "call", n, by, driver, verb, id: by, boundMs, begun: true });
    return n;
  }

  /** The supervisors that every node has. */
  node(): void {
    this.enter(() => {
      this.born({ actor: "daemon", state: "supervising" });
      this.born({ actor: "pods", parent: "daemon", state: "supervising" });
    });
  }

  /** A pod with a sandbox and a container, both at rest. Answers the sandbox's id. */
  pod(number: number, { pod, container = "app" }: { readonly pod: string; readonly container?: string }): string {
    const id = number.toString(16).padStart(64, "0");
    const name = { namespace: "default", pod, uid: String(number), attempt: 0 };
    const parent = `pod/${id}`;
    this.enter(() => {
      this.born({ actor: parent, parent: "pods", state: "supervising" });
      const context = { id, tries: 0, trouble: null, work: null };
      this.born({ actor: `sandbox/${id}`, parent, name, state: "ready", context });
      this.born({
        actor: `container/${this.containerOf(number)}`,
        parent,
        name: { ...name, container },
        state: "running",
        context,
      });
    });
    return id;
  }

  containerOf(number: number): string {
    return `c${number.toString(16).padStart(63, "0")}`;
  }

  /** Starts `troupe ui`, which ends with the stage. */
  async open(...args: readonly string[]): Promise<Helper> {
    const helper = await startHelper(program, this.runDir, ...args);
    this.#helpers.push(helper);
    return helper;
  }

  async close(): Promise<void> {
    for (const helper of this.#helpers) await helper.close();
    this.ring.close();
    rmSync(this.runDir, { recursive: true, force: true });
  }
}
