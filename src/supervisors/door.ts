/**
 * The one door of the actor system. Every RPC, outcome of a driver call, timer and message of the monitor enters here,
 * one at a time, runs to completion, and has a number, which is the cause of all that follows from it.
 *
 * Once closed it lets nothing in: what an old generation still has under way can neither enter nor begin anything.
 */
import type { Call, CallOwner, Calls } from "../actors/calls.ts";
import { Overdue, toFailure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";

/** How a driver call ended. */
export type Outcome = { readonly output: unknown } | { readonly error: unknown };

/** The world behind the door. Time and effects are given, so that all of it can be simulated. */
export interface World {
  now(): MonoMs;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Makes the call and settles once, never before it returns. An aborted signal asks the driver to give up. */
  perform(call: Call, signal: AbortSignal, settle: (outcome: Outcome) => void, tell: (doing: string) => void): void;
}

/** A call under way, for whoever asks what is being waited for. */
export interface OpenCall {
  readonly n: number;
  readonly call: Call;
  readonly since: MonoMs;
  readonly cause: number;
  /** False while an earlier call of the same actor is still under way. */
  readonly begun: boolean;
  /** Nobody waits for it any more. */
  readonly abandoned: boolean;
  /** What it is at, as its driver last said, and since when. */
  readonly doing?: Doing;
}

export interface Doing {
  readonly text: string;
  readonly at: MonoMs;
}

export interface DoorEvents {
  /** Something went wrong that no actor could be told: it is a defect. */
  defect(text: string, error: unknown): void;
  /** An actor wants a call; it is made at once, or when its turn has come. */
  asked?(open: OpenCall): void;
  called?(open: OpenCall): void;
  abandoned?(open: OpenCall): void;
  /** It is at something else; told once a second at most. */
  doing?(open: OpenCall): void;
  ended?(open: OpenCall, outcome: Outcome, ms: number): void;
}

interface Entry extends OpenCall {
  begun: boolean;
  readonly owner: CallOwner;
  readonly controller: AbortController;
  abandoned: boolean;
  bound: unknown;
  doing?: Doing;
  /** What was last passed on of it, and when. */
  passedOn?: Doing;
}

/** Bytes come by the thousand, and who records them wants to know of other things as well. */
const PASSED_ON_EVERY_MS = 1_000;

/** They differ in numbers alone, such as bytes that have come. */
const isAlike = (one: string, other: string): boolean => one.replace(/\d+/g, "#") === other.replace(/\d+/g, "#");

/** Drivers whose calls only wait: they hold up nothing else of their actor. */
const WAITING = new Set(["clock", "permits"]);

export class Door implements Calls {
  readonly #world: World;
  readonly #events: DoorEvents;
  readonly #after: (() => void)[] = [];
  readonly #outside: (() => void)[] = [];
  readonly #open = new Map<CallOwner, Entry>();
  readonly #lanes = new Map<string, Entry[]>();
  #sequence = 0;
  #calls = 0;
  #cause = 0;
  #inside = false;
  #closed = false;

  constructor(world: World, events: DoorEvents) {
    this.#world = world;
    this.#events = events;
  }

  /** Number of what is being handled; 0 outside. */
  get cause(): number {
    return this.#cause;
  }

  now(): MonoMs {
    return this.#world.now();
  }

  /** Lets `fn` in: now, or after what is being handled. */
  enter(fn: () => void): void {
    this.#outside.push(fn);
    if (this.#inside) return;
    this.#inside = true;
    try {
      for (let next = this.#outside.shift(); next && !this.#closed; next = this.#outside.shift()) this.#handle(next);
    } finally {
      this.#inside = false;
    }
  }

  /** `fn` runs after each thing that entered, still inside. */
  afterEach(fn: () => void): void {
    this.#after.push(fn);
  }

  #handle(fn: () => void): void {
    this.#cause = ++this.#sequence;
    try {
      fn();
      for (const after of this.#after) after();
    } catch (error) {
      this.#events.defect("an error came out of the actor system", error);
    } finally {
      this.#cause = 0;
    }
  }

  begin(call: Call, owner: CallOwner): void {
    if (this.#closed) return;
    const entry: Entry = {
      n: ++this.#calls,
      call,
      since: this.#world.now(),
      cause: this.#cause,
      begun: false,
      owner,
      controller: new AbortController(),
      abandoned: false,
      bound: undefined,
    };
    this.#open.set(owner, entry);
    const lane = WAITING.has(call.driver) ? undefined : (this.#lanes.get(call.by) ?? []);
    if (lane) this.#lanes.set(call.by, [...lane, entry]);
    entry.begun = !lane || lane.length === 0;
    this.#events.asked?.(entry);
    if (entry.begun) this.#perform(entry);
  }

  #perform(entry: Entry): void {
    const { call, controller } = entry;
    entry.begun = true;
    this.#events.called?.(entry);
    const { boundMs } = call;
    if (boundMs !== null) entry.bound = this.#world.setTimeout(() => controller.abort(overdue(call, boundMs)), boundMs);
    let settled = false;
    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      this.#ended(entry, outcome);
    };
    const tell = (text: string): void => {
      if (!settled && !this.#closed) this.#hear(entry, text);
    };
    this.#world.perform(call, controller.signal, settle, tell);
  }

  #hear(entry: Entry, text: string): void {
    const at = this.#world.now();
    entry.doing = { text, at };
    const { passedOn } = entry;
    if (passedOn && at - passedOn.at < PASSED_ON_EVERY_MS && isAlike(passedOn.text, text)) return;
    entry.passedOn = entry.doing;
    this.#events.doing?.(entry);
  }

  #ended(entry: Entry, outcome: Outcome): void {
    if (entry.bound !== undefined) this.#world.clearTimeout(entry.bound);
    this.enter(() => {
      const { owner, call, since, abandoned } = entry;
      this.#open.delete(owner);
      this.#events.ended?.(entry, outcome, this.#world.now() - since);
      this.#nextInLane(call.by, entry);
      if (abandoned) return;
      if ("output" in outcome) owner.send({ type: "call.done", output: outcome.output });
      else owner.send({ type: "call.failed", failure: { ...toFailure(outcome.error), at: this.#world.now() } });
    });
  }

  #nextInLane(by: string, ended: Entry): void {
    const lane = this.#lanes.get(by);
    if (lane?.[0] !== ended) return;
    const rest = lane.slice(1);
    const next = rest[0];
    if (next) {
      this.#lanes.set(by, rest);
      this.#perform(next);
    } else this.#lanes.delete(by);
  }

  cancel(owner: CallOwner): void {
    const entry = this.#open.get(owner);
    entry?.controller.abort();
  }

  abandon(owner: CallOwner): void {
    const entry = this.#open.get(owner);
    if (!entry) return;
    entry.abandoned = true;
    this.#open.delete(owner);
    this.#events.abandoned?.(entry);
    // Not made after all: who takes the dead one's place has looked at the world as it is without it.
    const { by } = entry.call;
    const lane = this.#lanes.get(by);
    if (lane && !entry.begun)
      this.#lanes.set(
        by,
        lane.filter((one) => one !== entry),
      );
    if (WAITING.has(entry.call.driver)) entry.controller.abort();
  }

  /** Calls under way that somebody waits for, oldest first. */
  openCalls(): readonly OpenCall[] {
    return [...this.#open.values()];
  }

  openCallsOf(actorId: string): readonly OpenCall[] {
    return this.openCalls().filter(({ call }) => call.by === actorId);
  }

  /** The clock for XState: its timers enter by the door too. */
  readonly clock = {
    setTimeout: (fn: (...parameters: unknown[]) => void, ms: number): unknown =>
      this.#world.setTimeout(() => this.enter(() => fn()), ms),
    clearTimeout: (timer: unknown): void => this.#world.clearTimeout(timer),
  };

  close(): void {
    this.#closed = true;
    this.#outside.length = 0;
  }
}

const overdue = ({ driver, verb }: Call, boundMs: number): Overdue =>
  new Overdue(`${driver}.${verb} took longer than its bound of ${boundMs / 1000} s`);
