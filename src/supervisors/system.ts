/** The running actor system: the door, the tree, and who waits at it for what. */
import { createActor, type AnyActorRef, type AnyEventObject } from "xstate";
import { NotAllowed, Unavailable } from "../errors.ts";
import { pathOf } from "../machines/path.ts";
import { numberFor, type Works } from "../machines/work.ts";
import { Callers, quarantined, type CallersOptions } from "./callers.ts";
import { Door, type DoorEvents, type World } from "./door.ts";
import { Explainer } from "./explain.ts";
import { Observer, type ObserverEvents } from "./observer.ts";
import type { Caller } from "./runtime.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { growTree, type Inventory, type Tree } from "./tree.ts";

export interface SystemEvents extends DoorEvents, ObserverEvents {
  quarantined(actor: string, reason: string): void;
  /** The root has failed: the process is to end. */
  failed(error: unknown): void;
  /** The daemon's life is over, in order. */
  closed(): void;
  /** A caller waits for work `n` of this actor. */
  attached?(actor: string, n: number, caller: Caller): void;
  /** It is not there any more: it has ended, its owner began again without it, or it crashed with nothing left to do. */
  gone?(actor: string, how: "ended" | "lost" | "dismissed"): void;
  /** What entered by the door is handled, and all that followed from it. */
  handled?(): void;
}

export interface SystemOptions {
  readonly world: World;
  readonly events: SystemEvents;
  readonly inventory: Inventory;
  readonly wallMs: CallersOptions["wallMs"];
  readonly patienceMs: number;
  /** One that was grown before; absent: a new one. */
  readonly tree?: Tree;
}

type Machine = {
  readonly value?: unknown;
  readonly status: string;
  hasTag(tag: string): boolean;
  can(event: AnyEventObject): boolean;
  context: Works;
};
const stateOf = (ref: AnyActorRef): Machine => ref.getSnapshot() as Machine;
export class System {
  readonly door: Door;
  readonly callers: Callers;
  readonly explainer: Explainer;
  readonly #options: SystemOptions;
  readonly #observer: Observer;
  /** Who has to know its place before the first caller is let in. */
  readonly #catchingUp = new Set<string>(["monitor-link", "network"]);
  readonly #quarantined = new Map<string, string>();

  constructor(options: SystemOptions) {
    this.#options = options;
    const { world, events } = options;
    this.door = new Door(world, events);
    this.#observer = new Observer(this.door, events);
    this.explainer = new Explainer(this.#observer, this.door);
    this.door.afterEach(() => this.#afterwards());
    this.callers = new Callers({
      wallMs: options.wallMs,
      setTimeout: (fn, ms) => world.setTimeout(fn, ms),
      clearTimeout: (timer) => world.clearTimeout(timer),
      find: (id) => this.find(id),
      explain: (id) => this.explain(id),
      whyGivenUp: (id) => this.#quarantined.get(id),
      attached: (id, n, caller) => events.attached?.(id, n, caller),
    });
  }

  start(): void {
    const { inventory, events, patienceMs, tree = growTree() } = this.#options;
    for (const { id } of inventory.pods()) for (const child of inventory.inPod(id)) this.#catchingUp.add(child.id);
    tree.port.door = this.door;
    tree.serve({
      inventory,
      now: () => this.door.now(),
      patienceMs,
      quarantined: (id, reason) => {
        this.#quarantined.set(id, reason);
        this.#catchingUp.delete(id);
        events.quarantined(id, reason);
        this.callers.giveUp(id, reason);
      },
      dismissed: (id) => {
        this.callers.dismiss(id);
        this.#forget(id);
        events.gone?.(id, "dismissed");
      },
    });
    const root = createActor(tree.logic, {
      id: "daemon",
      input: { id: "daemon" },
      clock: this.door.clock,
      inspect: this.#observer.inspect,
    });
    root.subscribe({ error: (error) => events.failed(error) });
    this.door.enter(() => {
      root.start();
      for (const id of this.#catchingUp) {
        const ref = this.find(id);
        if (!ref || this.#hasCaughtUp(ref)) this.#catchingUp.delete(id);
      }
    });
  }

  #afterwards(): void {
    for (const id of this.#observer.takeMoved()) {
      this.callers.check(id);
      const ref = this.find(id);
      if (ref && this.#hasCaughtUp(ref)) this.#catchingUp.delete(id);
      if (ref && stateOf(ref).status === "done") this.#bury(id);
      // Let out by the operator, or begun again with its pod.
      if (ref && stateOf(ref).status === "active") this.#quarantined.delete(id);
    }
    for (const id of this.#observer.takeLost()) {
      this.callers.dismiss(id);
      this.#catchingUp.delete(id);
      this.#options.events.gone?.(id, "lost");
    }
    // A life that has crashed is told again.
    if (this.#catchingUp.size === 0 && this.stateOf("life") === "recovering") this.tell("life", { type: "recovered" });
    this.#options.events.handled?.();
  }

  #bury(id: string): void {
    this.#forget(id);
    this.#options.events.gone?.(id, "ended");
  }

  /** It has ended, or knows its place. */
  #hasCaughtUp(ref: AnyActorRef): boolean {
    const state = stateOf(ref);
    if (state.status !== "active") return state.status === "done";
    return pathOf(state.value) !== "choosing" && !state.hasTag("catchingUp");
  }

  #forget(id: string): void {
    this.#observer.forget(id);
    this.#catchingUp.delete(id);
    if (id === "life") this.#options.events.closed();
  }

  find(id: string): AnyActorRef | undefined {
    return this.#observer.find(id);
  }

  /** Everyone that there is, dead ones too. */
  actors(): readonly AnyActorRef[] {
    return this.#observer.actors();
  }

  /** What it waits for, in a sentence. */
  explain(id: string): string {
    return this.explainer.sentence(id);
  }

  /** A sentence for each actor that is not at rest. */
  waits(): readonly string[] {
    return this.explainer.restless().map((id) => this.explain(id));
  }

  /** Who will not come back by itself. */
  quarantined(): readonly string[] {
    return [...this.#quarantined.keys()];
  }

  /** Lets a quarantined actor out; false if it is not in quarantine. */
  retry(actorId: string): boolean {
    const owners = this.#observer
      .actors()
      .filter((ref) => ref.id === "pods" || ref.id === "leaks" || kindOf(ref.id) === "pod");
    const event = { type: "retry", id: actorId };
    const owner = owners.find((ref) => stateOf(ref).status === "active" && stateOf(ref).can(event));
    return owner !== undefined && this.tell(owner.id, event);
  }

  upgradeMonitor(): Promise<void> {
    const caller = { signal: new AbortController().signal };
    return this.command("monitor-link", { type: "upgrade", at: this.door.now() }, "upgrade of the monitor", caller);
  }

  /** A fact from outside, for an actor that may be gone; false if it is. */
  tell(id: string, event: AnyEventObject): boolean {
    const ref = this.find(id);
    if (!ref || stateOf(ref).status !== "active") return false;
    this.door.enter(() => ref.send(event));
    return true;
  }

  /** Where it is: the path of its state; undefined while it is being started again. */
  stateOf(id: string): string | undefined {
    const ref = this.find(id);
    return ref && stateOf(ref).status === "active" ? pathOf(stateOf(ref).value) : undefined;
  }

  /** Since when it is there; undefined while it is being started again. */
  since(id: string): MonoMs | undefined {
    return this.#observer.since(id);
  }

  /** Why it does not begin again by itself; undefined where it is not in quarantine. */
  whyQuarantined(id: string): string | undefined {
    return this.#quarantined.get(id);
  }

  /** Throws Unavailable where this supervisor cannot take a child now. Asked before anything of the child is made. */
  checkOwner(id: string, what: string): void {
    const ref = this.find(id);
    if (!ref || stateOf(ref).status !== "active") throw new Unavailable(`${what}: ${this.#whyDead(id)}`);
  }

  #whyDead(id: string): string {
    const reason = this.#quarantined.get(id);
    if (reason === undefined) return `${id} is being started again after a crash; ask again`;
    return quarantined(id, reason);
  }

  /** A command with its caller: refused where the state does not take it, else it resolves when the work is done. */
  command(id: string, event: AnyEventObject & { type: string }, what: string, caller: Caller): Promise<void> {
    const ref = this.find(id);
    if (!ref) return Promise.reject(new Unavailable(`${what}: ${this.#whyDead(id)}`));
    const state = stateOf(ref);
    if (state.status === "done") return Promise.resolve();
    if (state.status !== "active") return Promise.reject(new Unavailable(`${what}: ${this.#whyDead(id)}`));
    if (!state.can(event)) {
      const busy = state.hasTag("catchingUp");
      const where = `${id} is ${pathOf(state.value)}`;
      return Promise.reject(
        busy
          ? new Unavailable(`${what}: ${where} and is being looked at after a restart; ask again`)
          : new NotAllowed(`${what}: ${where}`),
      );
    }
    this.door.enter(() => ref.send(event));
    if (stateOf(ref).status === "error") return Promise.reject(new Unavailable(`${what}: ${this.#whyDead(id)}`));
    const n = numberFor(stateOf(ref).context, event.type);
    return n === undefined ? Promise.resolve() : this.callers.attach(id, n, what, caller).then(() => undefined);
  }

  close(): void {
    this.door.close();
  }
}
