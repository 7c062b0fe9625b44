/**
 * The running actor system: the door, the tree and who waits at it. Everything that happens to an actor is seen here
 * once, by XState's inspection, and told on as a transition.
 */
import { createActor, type AnyActorRef, type AnyEventObject, type InspectionEvent } from "xstate";
import type { Port } from "../actors/calls.ts";
import { NotAllowed, Unavailable } from "../errors.ts";
import { numberFor, type Works } from "../machines/work.ts";
import { Callers, type CallersOptions } from "./callers.ts";
import { Door, type DoorEvents, type World } from "./door.ts";
import { explain, pathOf } from "./explain.ts";
import type { Caller } from "./runtime.ts";
import { kindOf } from "./names.ts";
import { tree, type Inventory } from "./tree.ts";

export interface Transition {
  readonly actor: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  /** How long it was in `from`. */
  readonly ms: number;
  readonly cause: number;
}

export interface SystemEvents extends DoorEvents {
  moved(transition: Transition): void;
  /** An event that its actor's state neither takes nor ignores on purpose. */
  unhandled(actor: string, state: string, event: string): void;
  crashed(actor: string, error: unknown): void;
  quarantined(actor: string, reason: string): void;
  /** The root has failed: the process is to end. */
  failed(error: unknown): void;
  /** The daemon's life is over, in order. */
  closed(): void;
}

export interface SystemOptions {
  readonly world: World;
  readonly events: SystemEvents;
  readonly inventory: Inventory;
  readonly wallMs: CallersOptions["wallMs"];
  readonly patienceMs: number;
}

type Machine = {
  readonly value?: unknown;
  readonly status: string;
  hasTag(tag: string): boolean;
  can(event: AnyEventObject): boolean;
  context: Works;
};
const stateOf = (ref: AnyActorRef): Machine => ref.getSnapshot() as Machine;
const isMachine = (ref: AnyActorRef): boolean => "root" in (ref as unknown as { logic: object }).logic;

export class System {
  readonly door: Door;
  readonly callers: Callers;
  readonly #options: SystemOptions;
  readonly #actors = new Map<string, AnyActorRef>();
  readonly #places = new Map<string, { state: string; since: number }>();
  readonly #moved = new Set<string>();
  readonly #catchingUp = new Set<string>();
  readonly #quarantined = new Map<string, string>();

  constructor(options: SystemOptions) {
    this.#options = options;
    const { world, events } = options;
    this.door = new Door(world, events);
    this.door.afterEach(() => this.#afterwards());
    this.callers = new Callers({
      wallMs: options.wallMs,
      setTimeout: (fn, ms) => world.setTimeout(fn, ms),
      clearTimeout: (timer) => world.clearTimeout(timer),
      find: (id) => this.find(id),
      explain: (id) => this.explain(id),
    });
  }

  start(): void {
    const { inventory, events, patienceMs } = this.#options;
    const port: Port = { door: this.door };
    for (const { id } of inventory.pods()) for (const child of inventory.inPod(id)) this.#catchingUp.add(child.id);
    const logic = tree({
      port,
      inventory,
      now: () => this.door.now(),
      patienceMs,
      quarantined: (id, reason) => {
        this.#quarantined.set(id, reason);
        this.#catchingUp.delete(id);
        events.quarantined(id, reason);
        this.callers.giveUp(id, reason);
      },
    });
    const root = createActor(logic, {
      id: "daemon",
      input: { id: "daemon" },
      clock: this.door.clock,
      inspect: (event) => this.#inspect(event),
    });
    root.subscribe({ error: (error) => events.failed(error) });
    this.door.enter(() => root.start());
  }

  #inspect(event: InspectionEvent): void {
    try {
      this.#see(event);
    } catch (error) {
      // A throw in an observer would reach the sender of the event.
      this.#options.events.defect("the inspection of an event failed", error);
    }
  }

  #see(event: InspectionEvent): void {
    const ref = event.actorRef as AnyActorRef;
    if (!isMachine(ref)) return;
    if (event.type === "@xstate.actor") {
      this.#actors.set(ref.id, ref);
      this.#quarantined.delete(ref.id);
    } else if (event.type === "@xstate.snapshot") {
      this.#moved.add(ref.id);
      const { status, error } = event.snapshot as { status: string; error?: unknown };
      if (status === "error") this.#options.events.crashed(ref.id, error);
    } else if (event.type === "@xstate.microstep") this.#step(ref, event);
  }

  #step(ref: AnyActorRef, { snapshot, event, _transitions }: InspectionEvent & { type: "@xstate.microstep" }): void {
    const { value } = snapshot as { value?: unknown };
    const state = pathOf(value);
    const now = this.door.now();
    const before = this.#places.get(ref.id);
    const { type } = event as AnyEventObject;
    if (_transitions.length === 0 && !type.startsWith("xstate.")) this.#options.events.unhandled(ref.id, state, type);
    if (before?.state === state) return;
    this.#places.set(ref.id, { state, since: now });
    const from = before?.state ?? "";
    this.#options.events.moved({
      actor: ref.id,
      from,
      to: state,
      event: type,
      ms: now - (before?.since ?? now),
      cause: this.door.cause,
    });
  }

  #afterwards(): void {
    const moved = [...this.#moved];
    this.#moved.clear();
    for (const id of moved) {
      this.callers.check(id);
      const ref = this.#actors.get(id);
      if (ref && stateOf(ref).status === "done") this.#forget(id);
    }
    if (this.#recovering) this.#checkRecovery();
  }

  #recovering = true;
  #checkRecovery(): void {
    for (const id of this.#catchingUp) {
      const ref = this.#actors.get(id);
      if (!ref || stateOf(ref).status === "done" || (stateOf(ref).status === "active" && this.#knowsItsPlace(ref)))
        this.#catchingUp.delete(id);
    }
    if (this.#catchingUp.size > 0) return;
    this.#recovering = false;
    this.tell("life", { type: "recovered" });
  }

  #knowsItsPlace(ref: AnyActorRef): boolean {
    const state = stateOf(ref);
    return pathOf(state.value) !== "choosing" && !state.hasTag("catchingUp");
  }

  #forget(id: string): void {
    this.#actors.delete(id);
    this.#places.delete(id);
    if (id === "life") this.#options.events.closed();
  }

  find(id: string): AnyActorRef | undefined {
    return this.#actors.get(id);
  }

  count(kind: string): number {
    return [...this.#actors.keys()].filter((id) => kindOf(id) === kind).length;
  }

  explain(id: string): string {
    const ref = this.find(id);
    return ref ? explain(ref, this.door.openCalls(), this.door.now()) : `${id} is not there`;
  }

  /** A sentence for each actor that is not at rest. */
  waits(): readonly string[] {
    const restless = [...this.#actors.values()].filter(
      (ref) => stateOf(ref).status === "active" && !stateOf(ref).hasTag("settled"),
    );
    return restless.map((ref) => this.explain(ref.id));
  }

  /** Lets a quarantined actor out; false if it is not in quarantine. */
  retry(actorId: string): boolean {
    const owners = [...this.#actors.values()].filter(
      (ref) => ref.id === "pods" || ref.id === "leaks" || kindOf(ref.id) === "pod",
    );
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

  /** A command with its caller: refused where the state does not take it, else it resolves when the work is done. */
  command(id: string, event: AnyEventObject & { type: string }, what: string, caller: Caller): Promise<void> {
    const ref = this.find(id);
    if (!ref) return Promise.resolve();
    const state = stateOf(ref);
    const quarantined = this.#quarantined.get(id);
    if (quarantined)
      return Promise.reject(new Unavailable(`${what}: ${id} is quarantined after repeated crashes (${quarantined})`));
    if (state.status === "error")
      return Promise.reject(new Unavailable(`${what}: ${id} is being started again; ask again`));
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
    const n = numberFor(stateOf(ref).context, event.type);
    return n === undefined ? Promise.resolve() : this.callers.attach(id, n, what, caller).then(() => undefined);
  }

  close(): void {
    this.door.close();
  }
}
