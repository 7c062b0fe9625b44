/**
 * Counts what schedules have tried: states entered and edges taken of every chart, and cells (cells.ts). All of it adds up
 * over schedules, and over processes as tallies.
 */
import type { AnyActorLogic } from "xstate";
import { kindOf } from "../vocabulary/actor-ids.ts";
import type { Transition } from "../supervisors/observer.ts";
import { Cells, type Ways } from "./cells.ts";
import { chartOf } from "./charts.ts";
import type { Watcher } from "./watcher.ts";

/** How often each thing happened, by its name; 0 for what could have happened. States are counted as they are entered and left. JSON. */
export interface Tally {
  readonly states: Record<string, number>;
  readonly edges: Record<string, number>;
  /** By `kind path slot`. */
  readonly cells: Record<string, Ways>;
  /** By `driver.verb`. */
  readonly calls: Record<string, Ways>;
  /** A client's calls, and how they ended. */
  readonly clients: Record<string, number>;
  /** What befell the node. */
  readonly strikes: Record<string, number>;
}

interface Counted {
  readonly name: string;
  count: number;
}
interface CountedEdge extends Counted {
  /** It leads out of this state: whoever takes it has been there, if only for a moment that XState does not tell. */
  readonly from: Counted | undefined;
}

const SUPERVISORS = new Set(["daemon", "pods", "pod", "images", "leaks"]);

/** All supervisors are one machine with different children: an edge that one of them takes is taken. */
const chartKindOf = (kind: string): string => (SUPERVISORS.has(kind) ? "supervisor" : kind);

const add = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

export class Coverage implements Watcher {
  readonly #states = new Map<string, Map<string, Counted>>();
  readonly #edges = new Map<object, CountedEdge>();
  readonly #cells = new Cells();
  readonly #clients: Record<string, number> = {};
  readonly #strikes: Record<string, number> = {};

  /** To be given to `setStage`: learns what there is to be counted, and changes nothing. */
  readonly declare = (kind: string, logic: AnyActorLogic): AnyActorLogic => {
    const chartKind = chartKindOf(kind);
    const { initial, states, edges } = chartOf(chartKind, logic);
    const known = this.#states.get(kind) ?? new Map<string, Counted>();
    this.#states.set(kind, known);
    for (const { path, slot } of states) {
      known.set(path, { name: `${chartKind} ${path}`, count: 0 });
      if (slot !== undefined) this.#cells.declare(kind, path, slot, path === initial);
    }
    for (const { name, from, definition } of edges)
      this.#edges.set(definition, { name: `${chartKind}: ${name}`, count: 0, from: known.get(from) });
    return logic;
  };

  /** A new schedule begins. */
  begin(): void {
    this.#cells.begin();
  }

  moved({ actor, to }: Transition): void {
    const kind = kindOf(actor);
    const states = this.#states.get(kind);
    for (let path = to; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
      const state = states?.get(path);
      if (state) state.count++;
    }
    this.#cells.moved(actor, kind, to);
  }

  took(_: string, transitions: readonly object[]): void {
    for (const transition of transitions) {
      const edge = this.#edges.get(transition);
      if (!edge) continue;
      edge.count++;
      if (edge.from) edge.from.count++;
    }
  }

  crashed(actor: string): void {
    const states = this.#states.get(kindOf(actor));
    // Of the only state that there is XState tells nothing.
    if (states?.size === 1) for (const state of states.values()) state.count++;
    this.#cells.crashed(actor);
  }
  readonly called: Watcher["called"] & {} = (open) => this.#cells.called(open);
  readonly ended: Watcher["ended"] & {} = (open, outcome) => this.#cells.ended(open, outcome);
  readonly died: Watcher["died"] & {} = (open) => this.#cells.died(open);
  readonly fated: Watcher["fated"] & {} = (name, object, fate) => this.#cells.fated(name, object, fate);

  asked(what: string): void {
    add(this.#clients, `${what} asked`);
  }
  answered(what: string, how: string): void {
    add(this.#clients, `${what} ${how}`);
  }
  struck(what: string): void {
    add(this.#strikes, what);
  }

  tally(): Tally {
    const sum = (counted: Iterable<Counted>): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { name, count } of counted) counts[name] = (counts[name] ?? 0) + count;
      return counts;
    };
    return {
      states: sum([...this.#states.values()].flatMap((states) => [...states.values()])),
      edges: sum(this.#edges.values()),
      ...this.#cells.tally(),
      clients: { ...this.#clients },
      strikes: { ...this.#strikes },
    };
  }
}

const addUp = (tallies: readonly Record<string, number>[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const tally of tallies)
    for (const [name, count] of Object.entries(tally)) counts[name] = (counts[name] ?? 0) + count;
  return counts;
};

const addUpWays = (tallies: readonly Record<string, Ways>[]): Record<string, Ways> => {
  const names = new Set(tallies.flatMap((tally) => Object.keys(tally)));
  return Object.fromEntries(
    [...names].map((name) => [name, addUp(tallies.flatMap((tally) => tally[name] ?? [])) as unknown as Ways]),
  );
};

/** What several processes have counted, together. */
export const together = (tallies: readonly Tally[]): Tally => ({
  states: addUp(tallies.map(({ states }) => states)),
  edges: addUp(tallies.map(({ edges }) => edges)),
  cells: addUpWays(tallies.map(({ cells }) => cells)),
  calls: addUpWays(tallies.map(({ calls }) => calls)),
  clients: addUp(tallies.map(({ clients }) => clients)),
  strikes: addUp(tallies.map(({ strikes }) => strikes)),
});
