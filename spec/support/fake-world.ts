/**
 * A small world for specs of the tree: drivers in memory, one clock, nothing real. Calls are answered by `settle()`, in
 * order; a spec may hold one back, let it fail, or look at what is left behind.
 */
import type { Call } from "../../src/actors/calls.ts";
import type { Outcome, World } from "../../src/supervisors/door.ts";
import { Failed } from "../../src/errors.ts";

interface Pending {
  readonly call: Call;
  readonly signal: AbortSignal;
  readonly settle: (outcome: Outcome) => void;
}
interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

type Verb = (input: never) => unknown;
export type FakeDrivers = Readonly<Record<string, Readonly<Record<string, Verb>>>>;

export class FakeWorld implements World {
  time = 1_000;
  readonly made: string[] = [];
  readonly #drivers: FakeDrivers;
  readonly #pending: Pending[] = [];
  readonly #held = new Set<string>();
  readonly #failing = new Map<string, string>();
  readonly #timers = new Set<Timer>();

  constructor(drivers: FakeDrivers) {
    this.#drivers = drivers;
  }

  now(): number {
    return this.time;
  }
  setTimeout(fn: () => void, ms: number): Timer {
    const timer = { at: this.time + ms, fn };
    this.#timers.add(timer);
    return timer;
  }
  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }
  perform(call: Call, signal: AbortSignal, settle: (outcome: Outcome) => void): void {
    this.#pending.push({ call, signal, settle });
  }

  /** Calls of this verb are not answered until `release`. */
  hold(verb: string): void {
    this.#held.add(verb);
  }
  release(verb: string): void {
    this.#held.delete(verb);
    this.settle();
  }
  /** Calls of this verb fail with `text` from now on; undefined: no more. */
  fail(verb: string, text: string | undefined): void {
    if (text === undefined) this.#failing.delete(verb);
    else this.#failing.set(verb, text);
  }
  pending(): readonly string[] {
    return this.#pending.map(({ call: { driver, verb, id } }) => `${driver}.${verb} ${id}`);
  }

  /** A call of this verb is under way, and its driver was told to give up. */
  isCalledOff(verb: string): boolean {
    return this.#pending.some(({ call, signal }) => `${call.driver}.${call.verb}` === verb && signal.aborted);
  }

  /** Answers everything that is not held back and not a wait for a later moment, until nothing moves. */
  settle(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#pending.splice(this.#pending.indexOf(next), 1);
      next.settle(this.#outcome(next));
    }
  }
  #next(): Pending | undefined {
    return this.#pending.find(({ call, signal }) => {
      if (this.#held.has(`${call.driver}.${call.verb}`)) return false;
      return call.verb !== "until" || signal.aborted || (call.input as { at: number }).at <= this.time;
    });
  }
  #outcome({ call, signal }: Pending): Outcome {
    const name = `${call.driver}.${call.verb}`;
    if (name === "clock.until")
      return signal.aborted ? { error: new Failed("called off") } : { output: { at: this.time } };
    this.made.push(`${name} ${call.id}`);
    if (name === "runtime.checkpoint" && signal.aborted) return { error: signal.reason };
    const failure = this.#failing.get(name);
    if (failure !== undefined) return { error: new Failed(failure) };
    try {
      return { output: this.#drivers[call.driver]?.[call.verb]?.(call.input as never) };
    } catch (error) {
      return { error };
    }
  }

  /** Lets time pass: timers and waits come due in their order. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (let due = this.#due(until); due !== undefined; due = this.#due(until)) {
      this.time = Math.max(this.time, due);
      for (const timer of [...this.#timers]) if (timer.at <= this.time && this.#timers.delete(timer)) timer.fn();
      this.settle();
    }
    this.time = until;
    this.settle();
  }
  #due(until: number): number | undefined {
    const waits = this.#pending
      .filter(({ call }) => call.verb === "until")
      .map(({ call }) => (call.input as { at: number }).at);
    const due = [...[...this.#timers].map(({ at }) => at), ...waits].filter((at) => at <= until);
    return due.length === 0 ? undefined : Math.min(...due);
  }
}
