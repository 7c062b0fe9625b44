/**
 * The calls of a simulated client, each with what its answer promises: a model of CRI that is small, and separate from the
 * machines.
 */
import { TroupeError } from "../errors.ts";
import type { Runtime } from "../supervisors/runtime.ts";
import type { ContainerView, SandboxView } from "../vocabulary/index.ts";
import type { Choices } from "./choices.ts";
import { bytesOf, containerConfigOf, sandboxConfigOf, type PodShape } from "./configs.ts";
import type { Daemon } from "./daemon.ts";
import { Wishes } from "./wishes.ts";

interface Pending {
  readonly what: string;
  readonly about: string;
  readonly controller: AbortController;
}

const CALL_MS = 120_000;
/** How often, of a thousand, it asks again for what it waits for already. */
const REPEATED = 100;
/** How nothing ends that goes well. */
const UNTIMELY: ReadonlySet<string> = new Set(["Failed", "Exhausted"]);

export interface RequestsOptions {
  readonly choices: Choices;
  readonly pod: PodShape;
  readonly daemon: () => Daemon;
  readonly wallMs: () => number;
  readonly now: () => number;
  readonly find: (finding: string) => void;
  readonly asked: (what: string, about: string) => void;
  readonly answered: (what: string, how: "ok" | "refused") => void;
  /** Nothing has gone wrong so far. */
  readonly isCalm: () => boolean;
  /** All is well: whatever is asked for has to go well too. */
  readonly isProving: () => boolean;
}

export class Requests {
  readonly wishes = new Wishes();
  readonly #options: RequestsOptions;
  readonly #pending = new Set<Pending>();
  readonly #attempts = new Map<string, number>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  get waits(): readonly string[] {
    return [...this.#pending].map(({ what }) => what);
  }

  /** The connection is gone, and with it every answer. */
  forgetCalls(): void {
    this.#pending.clear();
  }

  get #runtime(): Runtime {
    return this.#options.daemon().runtime;
  }

  #call<Answer>(
    what: string,
    about: string,
    ask: (caller: { deadline: number; signal: AbortSignal }) => Promise<Answer>,
    ok?: (answer: Answer) => void,
  ): boolean {
    const asked = [...this.#pending].some((one) => one.what === what && one.about === about);
    if (asked && !this.#options.choices.chance(REPEATED)) return false;
    const pending: Pending = { what, about, controller: new AbortController() };
    const daemon = this.#options.daemon();
    this.#pending.add(pending);
    this.#options.asked(what, about);
    const over = (): boolean => this.#pending.delete(pending) && daemon.alive;
    const failed = (error: unknown): void => {
      if (!over()) return;
      this.#options.answered(what, "refused");
      if (!(error instanceof TroupeError)) return this.#options.find(`${what} was answered with ${String(error)}`);
      if (error.code === "Overdue" && !/waits for|again after a crash|timeout|bound|too long/.test(error.message))
        this.#options.find(`${what} was not answered, and nothing is waited for: ${error.message}`);
      if (this.#options.isProving()) this.#options.find(`${what} failed where all is well: ${error.message}`);
      if (error.code === "NotAllowed" && /^(Stop|Remove)/.test(what))
        this.#options.find(`${what} was refused: ${error.message}`);
      const isUntimely = UNTIMELY.has(error.code) || (error.code === "NotFound" && what === "RunPodSandbox");
      if (this.#options.isCalm() && isUntimely)
        this.#options.find(`${what} failed where nothing had gone wrong: ${error.message}`);
    };
    try {
      ask({ deadline: this.#options.wallMs() + CALL_MS, signal: pending.controller.signal }).then((answer) => {
        if (!over()) return;
        this.#options.answered(what, "ok");
        ok?.(answer);
      }, failed);
    } catch (error) {
      failed(error);
    }
    return true;
  }

  expect(holds: boolean, promise: string): void {
    if (!holds) this.#options.find(`promise broken: ${promise}`);
  }

  leave(): boolean {
    const pending = [...this.#pending];
    if (pending.length === 0) return false;
    const { what, controller } = this.#options.choices.pick(pending);
    this.#options.asked("a client leaves", what);
    controller.abort();
    return true;
  }

  run(next: boolean, otherwise: boolean): boolean {
    const { pod } = this.#options;
    const attempt =
      (this.#attempts.get("pod") ?? 0) + (next || this.#runtime.sandboxes().at(-1)?.ready === false ? 1 : 0);
    this.#attempts.set("pod", attempt);
    if (otherwise) this.wishes.contest(pod.name);
    const network = (pod.network === "node") === otherwise ? "pod" : "node";
    const bytes = bytesOf({ ...pod, attempt, network });
    return this.#call(
      "RunPodSandbox",
      `attempt ${attempt}${otherwise ? ", with another configuration" : ""}`,
      (caller) => this.#runtime.runSandbox({ config: sandboxConfigOf(bytes), bytes, handler: "" }, caller),
      (id) =>
        this.expect(
          otherwise || this.wishes.isUnwanted(id) || has(this.#runtime.sandboxes(), id),
          "RunPodSandbox answered, and its sandbox is not listed",
        ),
    );
  }

  create(sandbox: SandboxView, name: string, otherwise: boolean): boolean {
    const attempt = this.#attempts.get(name) ?? 0;
    if (otherwise) this.wishes.contest(name);
    const bytes = bytesOf({ name, attempt, pid: this.#options.pod.pid, flavour: otherwise ? 1 : 0 });
    const config = containerConfigOf(bytes);
    return this.#call(
      "CreateContainer",
      `${name}, attempt ${attempt}${otherwise ? ", with another configuration" : ""}`,
      (caller) => this.#runtime.createContainer({ sandboxId: sandbox.id, config, bytes }, caller),
      (id) =>
        this.expect(
          this.wishes.isUnwanted(id) ||
            this.wishes.isUnwanted(sandbox.id) ||
            otherwise ||
            has(this.#runtime.containers(), id),
          "CreateContainer answered, and its container is not listed",
        ),
    );
  }

  #view(id: string): ContainerView | undefined {
    return this.#runtime.containers().find((view) => view.id === id);
  }

  start({ id, sandboxId, config }: ContainerView): boolean {
    return this.#call(
      "StartContainer",
      config.name,
      (caller) => this.#runtime.startContainer(id, caller),
      () => {
        const state = this.#view(id)?.state;
        const gone = this.wishes.isUnwanted(id) || this.wishes.isUnwanted(sandboxId);
        this.expect(
          gone || state === "running" || state === "exited",
          `StartContainer answered, and the container is ${state}`,
        );
      },
    );
  }

  stop({ id, config }: ContainerView, graceMs: number): boolean {
    this.wishes.stop(id, this.#options.now() + graceMs);
    return this.#call(
      "StopContainer",
      `${config.name}, grace ${graceMs} ms`,
      (caller) => this.#runtime.stopContainer(id, graceMs, caller),
      () => {
        const state = this.#view(id)?.state ?? "gone";
        this.expect(state === "gone" || state === "exited", `StopContainer answered, and the container is ${state}`);
      },
    );
  }

  remove({ id, config, attempt = config.attempt }: ContainerView & { attempt?: number }): boolean {
    this.wishes.remove(id, this.#options.now());
    this.#attempts.set(config.name, attempt + 1);
    return this.#call(
      "RemoveContainer",
      config.name,
      (caller) => this.#runtime.removeContainer(id, caller),
      () => this.expect(!this.#view(id), "RemoveContainer answered, and the container is listed"),
    );
  }

  stopSandbox({ id }: SandboxView): boolean {
    this.wishes.stop(id, this.#options.now());
    return this.#call(
      "StopPodSandbox",
      "",
      (caller) => this.#runtime.stopSandbox(id, caller),
      () => {
        const sandbox = this.#runtime.sandboxes().find((view) => view.id === id);
        const alive = this.#runtime.containers().find((view) => view.sandboxId === id && view.state === "running");
        this.expect(!sandbox?.ready, "StopPodSandbox answered, and the sandbox is ready");
        this.expect(!alive, `StopPodSandbox answered, and container ${alive?.config.name} runs`);
      },
    );
  }

  removeSandbox({ id }: SandboxView): boolean {
    this.wishes.remove(id, this.#options.now());
    for (const container of this.#runtime.containers())
      if (container.sandboxId === id) this.wishes.removeAlong(container.id);
    this.#attempts.set("pod", (this.#attempts.get("pod") ?? 0) + 1);
    return this.#call(
      "RemovePodSandbox",
      "",
      (caller) => this.#runtime.removeSandbox(id, caller),
      () => {
        this.expect(!has(this.#runtime.sandboxes(), id), `RemovePodSandbox answered, and sandbox ${id} is listed`);
        const left = this.#runtime.containers().find((view) => view.sandboxId === id);
        this.expect(!left, `RemovePodSandbox answered, and container ${left?.config.name} is listed`);
      },
    );
  }

  exec({ id, config }: ContainerView): boolean {
    const timeoutMs = this.#options.choices.pick([0, 1_000]);
    return this.#call(
      "ExecSync",
      `in ${config.name}`,
      (caller) => this.#runtime.execSync(id, ["true"], timeoutMs, caller),
      ({ stdout }) => this.expect(stdout.length > 0, "ExecSync answered, and its output is lost"),
    );
  }

  pull(): boolean {
    return this.#call(
      "PullImage",
      "",
      (caller) => this.#runtime.pullImage("registry.test/image:1", undefined, caller),
      (id) => this.expect(this.#runtime.image(id) !== undefined, "PullImage answered, and there is no such image"),
    );
  }
}

const has = (views: readonly { readonly id: string }[], id: string): boolean => views.some((view) => view.id === id);
