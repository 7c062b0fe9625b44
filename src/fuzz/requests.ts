/**
 * The calls of a simulated client, each with what its answer promises: a model of CRI that is small, and separate from the
 * machines.
 */
import type { Runtime } from "../supervisors/runtime.ts";
import type { ContainerView, SandboxView } from "../vocabulary/index.ts";
import { containerActorId } from "../vocabulary/actor-ids.ts";
import { bytesOf, containerConfigOf, containerShapeOf, sandboxConfigOf, type PodShape } from "./configs.ts";
import { Questions, type Question, type QuestionsOptions } from "./questions.ts";
import type { Process } from "./world/kernel.ts";
import { Targets } from "./targets.ts";
import { Wishes } from "./wishes.ts";

/** The exit code of a command that SIGKILL has ended. */
const KILLED = 137;

export interface RequestsOptions extends QuestionsOptions {
  readonly pod: PodShape;
}

export class Requests {
  readonly wishes = new Wishes();
  readonly questions: Questions;
  readonly #options: RequestsOptions;
  readonly #attempts = new Map<string, number>();
  readonly #targets: Targets;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.questions = new Questions(options);
    this.#targets = new Targets(options.pod);
  }

  get waits(): readonly string[] {
    return this.questions.waits;
  }

  forgetCalls(): void {
    this.questions.forget();
    this.wishes.forgetHeard();
  }

  get #runtime(): Runtime {
    return this.#options.daemon().runtime;
  }
  #call<Answer>(
    what: string,
    about: string,
    ask: Question<Answer>["ask"],
    ok?: (answer: Answer) => void,
    more: Pick<Question<Answer>, "going" | "refused"> = {},
  ): boolean {
    return this.questions.put({ what, about, ask, ...(ok ? { ok } : {}), ...more });
  }

  expect(holds: boolean, promise: string): void {
    if (!holds) this.#options.node.find(`promise broken: ${promise}`);
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
    const target = this.#targets.of(sandbox.id, `${name} ${attempt}`, this.#runtime.containers());
    const bytes = bytesOf(containerShapeOf(this.#options.pod, name, attempt, otherwise, target));
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
    const isUnderWay = (): boolean =>
      this.#options.daemon().system.stateOf(containerActorId(id))?.startsWith("starting") === true;
    let wasUnderWay = false;
    return this.#call(
      "StartContainer",
      config.name,
      (caller) => {
        wasUnderWay = isUnderWay();
        return this.#runtime.startContainer(id, caller);
      },
      () => {
        const { state, reason } = this.#view(id) ?? {};
        const gone = this.wishes.isUnwanted(id) || this.wishes.isUnwanted(sandboxId);
        this.expect(
          gone || state === "running" || state === "exited",
          `StartContainer answered, and the container is ${state}`,
        );
        this.expect(reason !== "StartError", "StartContainer answered, and the status says that it failed");
      },
      {
        refused: ({ code, message }) => {
          const isRefused = wasUnderWay && code === "NotAllowed" && message.includes(" is starting.");
          this.expect(!isRefused, "a second StartContainer was refused");
        },
      },
    );
  }

  stop({ id, config }: ContainerView, graceMs: number): boolean {
    this.wishes.stop(id, this.#options.node.timers.now + graceMs);
    return this.#call(
      "StopContainer",
      `${config.name}, grace ${graceMs} ms`,
      (caller) => {
        this.wishes.hear(id, this.#options.node.timers.now + graceMs);
        return this.#runtime.stopContainer(id, graceMs, caller);
      },
      () => {
        const state = this.#view(id)?.state ?? "gone";
        this.expect(state === "gone" || state === "exited", `StopContainer answered, and the container is ${state}`);
      },
      { going: id, refused: () => this.wishes.forgetHeard() },
    );
  }

  remove({ id, config, attempt = config.attempt }: ContainerView & { attempt?: number }): boolean {
    this.wishes.remove(id, this.#options.node.timers.now);
    this.#attempts.set(config.name, attempt + 1);
    return this.#call(
      "RemoveContainer",
      config.name,
      (caller) => {
        this.wishes.hear(id, this.#options.node.timers.now);
        return this.#runtime.removeContainer(id, caller);
      },
      () => this.expect(!this.#view(id), "RemoveContainer answered, and the container is listed"),
      { going: id, refused: () => this.wishes.forgetHeard() },
    );
  }

  stopSandbox({ id }: SandboxView): boolean {
    this.wishes.stop(id, this.#options.node.timers.now);
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
      { going: id },
    );
  }

  removeSandbox({ id }: SandboxView): boolean {
    this.wishes.remove(id, this.#options.node.timers.now);
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
      { going: id },
    );
  }

  exec({ id, sandboxId, config }: ContainerView): boolean {
    const timeoutMs = this.#options.choices.pick([0, 1_000]);
    const begun = this.#options.node.timers.now;
    return this.#call(
      "ExecSync",
      `in ${config.name}`,
      (caller) => this.#runtime.execSync(id, ["true"], timeoutMs, caller),
      ({ stdout, exitCode }) => {
        this.expect(stdout.length > 0, "ExecSync answered, and its output is lost");
        this.expect(this.#endsOf(id).includes(exitCode), `ExecSync answered with ${exitCode}, and no command ended so`);
        const isWell = this.#options.node.calm || this.#options.isProving();
        const isToGo = this.wishes.isTakenAlong({ id, sandboxId }, this.#options.node.kernel);
        this.expect(!isWell || exitCode !== KILLED || isToGo, "a command is killed, and nobody asked");
      },
      {
        refused: ({ message }) => {
          const isOver = timeoutMs > 0 && this.#options.node.timers.now >= begun + timeoutMs;
          this.expect(isOver || !message.includes("killed after its timeout"), "a command is killed before its time");
          this.expect(!message.includes("it had printed: nothing"), "what a command had printed is lost");
          const isHeld = this.#commands(id).some(({ phase }) => phase !== "ended");
          this.expect(
            isHeld || !message.includes("even after SIGKILL"),
            "a command is said not to end, and there is none",
          );
        },
      },
    );
  }

  #commands(container: string): readonly Process[] {
    return [...this.#options.node.kernel.all()].filter((one) => one.kind === "exec" && one.container === container);
  }
  /** Exit codes of the commands that ended in a container, as a shell gives them. */
  #endsOf(container: string): readonly number[] {
    return this.#commands(container).flatMap(({ end }) => {
      if (!end || "unknown" in end) return [];
      return "signal" in end ? 128 + end.signal : end.code;
    });
  }

  pull(): boolean {
    return this.#call(
      "PullImage",
      "",
      (caller) => this.#runtime.pullImage("registry.test/image:1", {}, caller),
      (id) => this.expect(this.#runtime.image(id)?.id === id, "PullImage answered, and there is no such image"),
    );
  }
}

const has = (views: readonly { readonly id: string }[], id: string): boolean => views.some((view) => view.id === id);
