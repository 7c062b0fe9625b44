/** Sees everything that happens to an actor, once, by XState's inspection: who there is, who moved, and how. */
import type { AnyActorRef, InspectionEvent } from "xstate";
import type { MonoMs } from "../vocabulary/index.ts";
import { eventInWords } from "../machines/edges.ts";
import { pathOf } from "../machines/path.ts";

export interface Transition {
  readonly actor: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  /** How long it was in `from`. */
  readonly ms: number;
  /** Number of what entered by the door and led to this. */
  readonly cause: number;
}

/** What an actor made of an event in one step of XState's; an event may take several. */
export interface StepTaken {
  readonly actor: string;
  /** Who owns it; undefined: nobody, it is the root. */
  readonly parent: string | undefined;
  readonly event: { readonly type: string };
  readonly state: string;
  readonly context: object;
  /** It neither takes the event nor ignores it on purpose. */
  readonly unhandled: boolean;
}

export interface ObserverEvents {
  stepped?(step: StepTaken): void;
  /** XState has done with the event that this actor took. */
  settled?(actor: string): void;
  moved(transition: Transition): void;
  /** Transitions of its chart that it took, as XState defines them; for whoever counts what was tried. */
  took?(actor: string, transitions: readonly object[]): void;
  /** An event that its actor's state neither takes nor ignores on purpose. */
  unhandled(actor: string, state: string, event: string): void;
  crashed(actor: string, error: unknown): void;
  /** Something went wrong that no actor could be told: it is a defect. */
  defect(text: string, error: unknown): void;
}

export interface ObserverClock {
  now(): MonoMs;
  readonly cause: number;
}

/** Slots are actors too; only machines are of interest. */
const isMachine = (ref: AnyActorRef): boolean => "root" in (ref as unknown as { logic: object }).logic;

const told = (type: string): string => (type === "xstate.init" ? "begun" : eventInWords(type));

export class Observer {
  readonly #clock: ObserverClock;
  readonly #events: ObserverEvents;
  readonly #actors = new Map<string, AnyActorRef>();
  readonly #places = new Map<string, { readonly state: string; readonly since: MonoMs }>();
  readonly #started = new WeakSet<AnyActorRef>();
  #moved = new Set<string>();
  #lost = new Set<string>();

  constructor(clock: ObserverClock, events: ObserverEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  readonly inspect = (event: InspectionEvent): void => {
    try {
      this.#see(event);
    } catch (error) {
      // A throw in an observer would reach the sender of the event.
      this.#events.defect("the inspection of an event failed", error);
    }
  };

  #see(event: InspectionEvent): void {
    const ref = event.actorRef as AnyActorRef;
    if (!isMachine(ref)) return;
    if (event.type === "@xstate.actor") this.#begin(ref);
    else if (event.type === "@xstate.microstep") this.#step(ref, event);
    else if (event.type === "@xstate.snapshot") this.#settle(ref);
    else if (event.type === "@xstate.event" && event.event.type === "xstate.init") this.#born(ref, event.event);
    else if (event.type === "@xstate.event") this.#hear(event.event);
  }

  /** It is where it begins. Steps that led there were taken before it was started, and of most there are none to be seen. */
  #born(ref: AnyActorRef, event: { readonly type: string }): void {
    this.#started.add(ref);
    const { value, context = {} } = ref.getSnapshot() as { readonly value?: unknown; readonly context?: object };
    const state = pathOf(value);
    this.#place(ref.id, state, event.type); // a way may end where it begins: who never moves is to be seen as well
    this.#events.stepped?.({ actor: ref.id, parent: ref._parent?.id, event, state, context, unhandled: false });
  }

  #settle({ id }: AnyActorRef): void {
    this.#moved.add(id);
    this.#events.settled?.(id);
  }

  /** One that throws has no last snapshot that inspection would show: its death shows in what its supervisor is told. */
  #hear(event: { readonly type: string; readonly actorId?: string; readonly error?: unknown }): void {
    const { type, actorId, error } = event;
    if (actorId === undefined || !type.startsWith("xstate.error.actor.") || !this.#actors.has(actorId)) return;
    this.#moved.add(actorId);
    this.#places.delete(actorId); // whoever is started in its place begins somewhere else
    this.#events.crashed(actorId, error);
  }

  /** An actor that begins again has lost those it owned; it takes up whom it still knows of, after this. */
  #begin(ref: AnyActorRef): void {
    const before = this.#actors.get(ref.id);
    this.#actors.set(ref.id, ref);
    if (!before) return;
    this.#loseOwned(before);
  }

  #loseOwned(owner: AnyActorRef): void {
    for (const [id, ref] of this.#actors) {
      if (ref._parent !== owner) continue;
      this.forget(id);
      this.#lost.add(id);
      this.#loseOwned(ref);
    }
  }

  #step(ref: AnyActorRef, event: InspectionEvent & { type: "@xstate.microstep" }): void {
    const { id, _parent } = ref;
    const { value, context } = event.snapshot as { value?: unknown; context?: object };
    const state = pathOf(value);
    const { type } = event.event;
    this.#events.took?.(id, event._transitions);
    const unhandled = event._transitions.length === 0 && !type.startsWith("xstate.");
    if (unhandled) this.#events.unhandled(id, state, type);
    if (this.#started.has(ref))
      this.#events.stepped?.({
        actor: id,
        parent: _parent?.id,
        event: event.event,
        state,
        context: context ?? {},
        unhandled,
      });
    this.#place(id, state, type);
  }

  #place(id: string, to: string, type: string): void {
    const before = this.#places.get(id);
    if (before?.state === to) return;
    const now = this.#clock.now();
    this.#places.set(id, { state: to, since: now });
    const { cause } = this.#clock;
    const [from, ms] = [before?.state ?? "", now - (before?.since ?? now)];
    this.#events.moved({ actor: id, from, to, event: told(type), ms, cause });
  }

  /** The latest actor of this name, alive or not. */
  find(id: string): AnyActorRef | undefined {
    return this.#actors.get(id);
  }

  /** Since when it is in its state; undefined while it is being started again. */
  since(id: string): MonoMs | undefined {
    return this.#places.get(id)?.since;
  }

  actors(): readonly AnyActorRef[] {
    return [...this.#actors.values()];
  }

  /** Who has moved since this was last asked. */
  takeMoved(): readonly string[] {
    const moved = [...this.#moved];
    this.#moved = new Set();
    return moved;
  }

  /** Who has lost its owner since this was last asked, and was taken up by nobody. */
  takeLost(): readonly string[] {
    const lost = [...this.#lost].filter((id) => !this.#actors.has(id));
    if (this.#lost.size > 0) this.#lost = new Set();
    return lost;
  }

  forget(id: string): void {
    this.#actors.delete(id);
    this.#places.delete(id);
  }
}
