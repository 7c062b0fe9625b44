/**
 * Which schedules come to which places of the charts. Up to the place where it is wrong a mutant does what the sound daemon
 * does, so that of all schedules only those need be run again that come there.
 */
import type { AnyActorLogic, AnyMachineSnapshot } from "xstate";
import { pathOf } from "../../machines/path.ts";
import { kindOf } from "../../vocabulary/actor-ids.ts";
import { BUDGET } from "../../supervisors/supervisor.ts";
import { chartOf } from "../charts.ts";

/** The event that a crash of an actor is noted as, whatever its state. */
export const CRASH = "crash";
/** The same, of one that has crashed too often. */
export const SPENT = "crash too often";

/** A state (`""`: any) of a kind of actor, or an event in it; `*` stands for the rest of an event's name. */
export interface Place {
  readonly kind: string;
  readonly state: string;
  /** An edge of the chart that is taken, as charts.ts names it without its target: nothing else is looked at. */
  readonly edge?: string;
  readonly event?: string;
  /** States in it that take the event for themselves. */
  readonly except?: readonly string[];
}

/** XState's own events as charts write them. */
const told = (type: string): string => {
  if (!/^xstate\.(done|error)\.actor\./.test(type)) return type;
  // The children of a supervisor are named by kind and object, slots by their place: `0.container.creating.mounting`.
  const isSlot = /actor\.(\d+\.|work$)/.test(type);
  if (isSlot) return type.startsWith("xstate.done") ? "done" : "failed";
  return type.startsWith("xstate.done") ? "xstate.done.actor.*" : "xstate.error.actor.*";
};

export class Reach {
  /** By kind: `state`, `state|event` and `--edge`, each with the schedules that came there, in their order. */
  readonly #seeds = new Map<string, Map<string, number[]>>();
  /** Edges by XState's definition of them. */
  readonly #edges = new Map<object, string>();
  readonly #crashes = new Map<string, number>();
  #seed = 0;

  begin(seed: number): void {
    this.#seed = seed;
    this.#crashes.clear();
  }

  #note(kind: string, place: string): void {
    const places = this.#seeds.get(kind) ?? new Map<string, number[]>();
    this.#seeds.set(kind, places);
    const seeds = places.get(place) ?? [];
    places.set(place, seeds);
    if (seeds.at(-1) !== this.#seed) seeds.push(this.#seed);
  }

  /** An actor has moved. */
  moved(actor: string, to: string): void {
    this.#note(kindOf(actor), to);
  }

  /** It has taken these edges of its chart. */
  took(actor: string, transitions: readonly object[]): void {
    for (const transition of transitions) {
      const edge = this.#edges.get(transition);
      if (edge !== undefined) this.#note(kindOf(actor), edge);
    }
  }

  crashed(actor: string): void {
    const crashes = (this.#crashes.get(actor) ?? 0) + 1;
    this.#crashes.set(actor, crashes);
    this.#note(kindOf(actor), `|${CRASH}`);
    if (crashes > BUDGET) this.#note(kindOf(actor), `|${SPENT}`);
  }

  /** The logic, whose events are noted. */
  over(kind: string, logic: AnyActorLogic): AnyActorLogic {
    for (const { name, definition } of chartOf(kind, logic).edges)
      this.#edges.set(definition, `--${name.slice(0, name.indexOf("->"))}`);
    const noted = Object.create(logic) as AnyActorLogic;
    noted.transition = (snapshot, event, scope) => {
      const { value } = snapshot as AnyMachineSnapshot;
      this.#note(kind, `${pathOf(value)}|${told((event as { type: string }).type)}`);
      return logic.transition(snapshot, event, scope);
    };
    return noted;
  }

  /** The schedules from `from` to `to` that came to one of these places. */
  between(from: number, to: number, places: readonly Place[]): readonly number[] {
    const found = new Set<number>();
    for (const place of places)
      for (const [where, seeds] of this.#seeds.get(place.kind) ?? [])
        if (isWithin(where, place)) for (const seed of seeds) if (seed >= from && seed <= to) found.add(seed);
    return [...found].toSorted((one, other) => one - other);
  }
}

const isIn = (at: string, state: string): boolean => state === "" || at === state || at.startsWith(`${state}.`);

const isWithin = (where: string, { state, edge, event, except = [] }: Place): boolean => {
  if (edge !== undefined || where.startsWith("--")) return where === `--${edge}`;
  const [at = "", happened] = where.split("|", 2);
  if (!isIn(at, state) || except.some((inner) => isIn(at, inner))) return false;
  if (event === undefined || happened === undefined) return event === undefined;
  return event.endsWith("*") && event !== happened ? happened.startsWith(event.slice(0, -1)) : happened === event;
};
