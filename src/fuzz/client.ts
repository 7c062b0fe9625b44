/**
 * A kubelet of sorts: it makes, starts, stops and removes one pod and its containers, leaves calls, and repeats them. What it
 * asks next is decided here; what it is promised, in requests.ts.
 */
import { containerActorId, sandboxActorId } from "../vocabulary/actor-ids.ts";
import type { Runtime } from "../supervisors/runtime.ts";
import type { ContainerView, SandboxView } from "../vocabulary/index.ts";
import { Requests, type RequestsOptions } from "./requests.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Updates } from "./updates.ts";
import { Sessions } from "./sessions.ts";

const NAMES = ["a", "b", "c"] as const;
const RESTS: ReadonlySet<string> = new Set(["ready", "created", "running", "stopped"]);
const GRACES_MS = [0, 1_000, 5_000, 30_000];
export type Operation =
  | "run"
  | "pull"
  | "create"
  | "start"
  | "update"
  | "checkpoint"
  | "stop"
  | "remove"
  | "exec"
  | "stream"
  | "attach"
  | "leave"
  | "stop sandbox"
  | "remove sandbox";

export interface ClientOptions extends Omit<RequestsOptions, "isProving"> {
  /** It asks often for what it has asked for. */
  readonly pressing: () => boolean;
}

export class Client {
  readonly #options: ClientOptions;
  readonly requests: Requests;
  readonly sessions: Sessions;
  readonly updates: Updates;
  readonly checkpoints: Checkpoints;
  #proved = 0;
  #proving = false;

  get isProving(): boolean {
    return this.#proving;
  }
  get hasProved(): boolean {
    return this.#proved > 0 && !this.#proving;
  }

  constructor(options: ClientOptions) {
    this.#options = options;
    this.requests = new Requests({ ...options, isProving: () => this.#proving });
    const { questions, wishes } = this.requests;
    const runtime = (): Runtime => this.#runtime;
    const expect = this.requests.expect.bind(this.requests);
    this.updates = new Updates({ questions, wishes, runtime, expect });
    this.checkpoints = new Checkpoints({ questions, runtime, archives: () => options.node.archives, expect });
    this.sessions = new Sessions({ ...options, isProving: () => this.#proving, questions, wishes });
  }

  /** The connection is gone, and with it every answer. */
  forgetCalls(): void {
    this.requests.forgetCalls();
    this.sessions.forget();
  }

  get #streams(): boolean {
    return this.#options.pod.streaming !== undefined;
  }

  /** A whole life in which nothing goes wrong, a call at a time; false: it is over. */
  prove(): boolean {
    const steps: readonly (() => boolean)[] = [
      () => this.requests.pull(),
      () => this.requests.run(true, false),
      () => this.#withSandbox((sandbox) => this.requests.create(sandbox, "a", false)),
      () => this.#withContainer((container) => this.updates.ask(container)),
      () => this.#withContainer((container) => this.requests.start(container)),
      () => this.#withContainer((container) => this.updates.ask(container)),
      () => this.#withContainer((container) => this.requests.exec(container)),
      ...(this.#streams ? this.#streamed : []),
      () => this.#withContainer((container) => this.requests.stop(container, 1_000)),
      () => this.#withContainer((container) => this.requests.remove(container)),
      () => this.#withSandbox((sandbox) => this.requests.stopSandbox(sandbox)),
      () => this.#withSandbox((sandbox) => this.requests.removeSandbox(sandbox), true),
    ];
    const step = steps[this.#proved++];
    this.#proving = step !== undefined;
    return step?.() ?? false;
  }
  readonly #streamed: readonly (() => boolean)[] = [
    () => this.#withContainer((container) => this.sessions.exec(container, false)),
    () => this.#withContainer((container) => this.sessions.exec(container, true)),
    () => this.#withContainer((container) => this.sessions.attach(container)),
  ];
  #withSandbox(act: (sandbox: SandboxView) => boolean, isStopped = false): boolean {
    const sandbox = this.#sandbox();
    this.requests.expect(sandbox?.ready === true || isStopped, "all is well, and there is no sandbox that is ready");
    return sandbox !== undefined && act(sandbox);
  }
  #withContainer(act: (container: ContainerView) => boolean): boolean {
    const [container] = this.#containers();
    this.requests.expect(container !== undefined, "all is well, and there is no container");
    return container !== undefined && act(container);
  }

  get #runtime(): Runtime {
    return this.#options.daemon().runtime;
  }
  #sandbox(): SandboxView | undefined {
    return this.#runtime.sandboxes().at(-1);
  }
  #containers(): readonly ContainerView[] {
    return this.#runtime.containers();
  }

  /** One operation on the pod, or on its container `a`; false: there is nothing to do it to. */
  ask(operation: Operation): boolean {
    const sandbox = this.#sandbox();
    const container = this.#containers().find(({ config }) => config.name === "a");
    const todo: Readonly<Record<Operation, (() => boolean) | undefined>> = {
      run: () => this.requests.run(false, false),
      pull: () => this.requests.pull(),
      create: sandbox && (() => this.requests.create(sandbox, "a", false)),
      "stop sandbox": sandbox && (() => this.requests.stopSandbox(sandbox)),
      "remove sandbox": sandbox && (() => this.requests.removeSandbox(sandbox)),
      start: container && (() => this.requests.start(container)),
      update: container && (() => this.updates.ask(container)),
      checkpoint: container && (() => this.checkpoints.ask(container)),
      stop: container && (() => this.requests.stop(container, 1_000)),
      remove: container && (() => this.requests.remove(container)),
      exec: container && (() => this.requests.exec(container)),
      stream: container && (() => this.sessions.exec(container, true)),
      attach: container && (() => this.sessions.attach(container)),
      leave: () => this.requests.questions.leave(),
    };
    return todo[operation]?.() ?? false;
  }

  /** Something that is to go is asked to once more; false: there is nothing. */
  insist(): boolean {
    const { choices } = this.#options;
    const { questions, wishes } = this.requests;
    const sandbox = this.#sandbox();
    const containers = this.#containers().filter(({ id }) => wishes.isToGo(id, "stop"));
    const asks = [
      ...(sandbox && wishes.isToGo(sandbox.id, "stop")
        ? [() => this.requests.stopSandbox(sandbox), () => this.requests.removeSandbox(sandbox)]
        : []),
      ...containers.flatMap((one) => [
        () => this.requests.stop(one, choices.pick(GRACES_MS)),
        () => this.requests.remove(one),
      ]),
    ];
    return asks.length > 0 && questions.insist(choices.pick(asks));
  }

  /** What a kubelet would do next, or anything; false: it goes on waiting for what it asked. */
  act(): boolean {
    const { choices } = this.#options;
    if (this.#streams && choices.chance(500) && this.sessions.act(this.#containers())) return true;
    if (choices.chance(60)) return this.requests.questions.leave();
    if (choices.chance(this.#options.pressing() ? 300 : 60)) return this.insist();
    if (this.#options.pressing() && choices.chance(250)) return this.#meddle();
    if (choices.chance(700)) return this.#nextSensible();
    const sandbox = this.#sandbox();
    const container = choices.pick([undefined, ...this.#containers()]);
    switch (choices.below(10)) {
      case 0:
        return this.requests.run(choices.chance(200), choices.chance(100));
      case 1:
        return sandbox !== undefined && this.requests.create(sandbox, choices.pick(NAMES), choices.chance(100));
      case 2:
        return container !== undefined && this.requests.start(container);
      case 3:
        return container !== undefined && this.requests.stop(container, choices.pick(GRACES_MS));
      case 4:
        return container !== undefined && this.requests.remove(container);
      case 5:
        return sandbox !== undefined && this.requests.stopSandbox(sandbox);
      case 6:
        return sandbox !== undefined && this.requests.removeSandbox(sandbox);
      case 7:
        return container !== undefined && this.requests.exec(container);
      case 8:
        return this.requests.pull();
      default:
        return container !== undefined && (choices.chance(700) ? this.updates : this.checkpoints).ask(container);
    }
  }

  /** Somebody who is at work is told to do something else; false: nobody is. */
  #meddle(): boolean {
    const { choices } = this.#options;
    const { system } = this.#options.daemon();
    const isBusy = (id: string): boolean => !RESTS.has(system.stateOf(id) ?? "ready");
    const sandbox = this.#sandbox();
    const asks = [
      ...(sandbox && isBusy(sandboxActorId(sandbox.id))
        ? [() => this.requests.stopSandbox(sandbox), () => this.requests.removeSandbox(sandbox)]
        : []),
      ...this.#containers()
        .filter(({ id }) => isBusy(containerActorId(id)))
        .flatMap((one) => [
          () => this.requests.stop(one, choices.pick(GRACES_MS)),
          () => this.requests.remove(one),
          ...(one.state === "created" ? [() => this.requests.start(one)] : []),
        ]),
    ];
    return asks.length > 0 && this.requests.questions.insist(choices.pick(asks));
  }

  #nextSensible(): boolean {
    const { choices } = this.#options;
    const sandbox = this.#sandbox();
    if (!sandbox) return this.requests.run(false, false);
    const containers = this.#containers();
    const name = choices.pick(NAMES);
    const container = containers.find(({ config }) => config.name === name);
    if (!sandbox.ready) return container ? this.requests.remove(container) : this.requests.removeSandbox(sandbox);
    if (!container) return this.requests.create(sandbox, name, false);
    if (container.state === "created") return this.requests.start(container);
    if (container.state === "exited") return this.requests.remove(container);
    const whileItRuns: readonly (() => boolean)[] = [
      () => this.requests.stop(container, choices.pick(GRACES_MS)),
      () => this.requests.exec(container),
      () => this.requests.stopSandbox(sandbox),
      () => false,
      () => this.updates.ask(container),
      () => this.checkpoints.ask(container),
    ];
    return whileItRuns[choices.weighted([3, 3, 1, 3, 3, 2])]?.() ?? false;
  }

  /** Everything is to go; `false` when nothing is left to ask for. */
  drain(): boolean {
    const [container] = this.#containers();
    const sandbox = this.#sandbox();
    if (container) this.requests.remove(container);
    else if (sandbox) this.requests.removeSandbox(sandbox);
    return container !== undefined || sandbox !== undefined;
  }
}
