/** How often a recording came by each state and edge of the charts, and how long it stayed: what the Machine page writes on them. */
import { eventInWords } from "../machines/edges.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";
import { chartsNow, type Chart, type ChartEdge } from "./charts.ts";
import type { FlightRecord } from "./record.ts";

const charts: Readonly<Record<string, Chart>> = chartsNow().machines;

/** The chart of an actor; undefined for supervisors, of which the first is called as the machine of the daemon's life is. */
export const chartNameOf = (actorId: string): string | undefined => {
  if (actorId === "life") return "daemon";
  return actorId === "daemon" || !(kindOf(actorId) in charts) ? undefined : kindOf(actorId);
};

export interface StateTally {
  visits: number;
  /** Of the visits that have ended. */
  ended: number;
  ms: number;
}

const isWithin = (path: string, outer: string): boolean =>
  outer === "" || path === outer || path.startsWith(`${outer}.`);

/** The innermost state that one is in who enters `path`. */
const leafOf = (chart: Chart, path: string): string => {
  const initial = chart.states.find((state) => state.path === path)?.initial;
  return initial === undefined ? path : leafOf(chart, initial);
};

const MOST_HOPS = 6;

/**
 * The edges that led from one recorded state to another: one for the event, and those that are taken at once behind it. Where
 * guards choose between edges to the same state, the first is said.
 */
export const edgesTaken = (chart: Chart, from: string, event: string, to: string): readonly ChartEdge[] => {
  const out = (at: string, word: string): readonly ChartEdge[] =>
    chart.edges
      .filter((edge) => edge.event === word && isWithin(at, edge.from))
      .toSorted((one, other) => other.from.length - one.from.length);
  let ways = out(from, event).map((edge) => ({ edge, edges: [edge] }));
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const found = ways.find(({ edge }) => leafOf(chart, edge.to[0] ?? from) === to);
    if (found) return found.edges;
    ways = ways.flatMap(({ edge, edges }) =>
      out(leafOf(chart, edge.to[0] ?? from), "at once").map((next) => ({ edge: next, edges: [...edges, next] })),
    );
  }
  return [];
};

interface Way {
  readonly names: readonly string[];
  /** States that one was in for no time. */
  readonly through: readonly string[];
}

interface Followed {
  state: string;
  since: MonoMs;
}

export class Tally {
  /** By `chart state`. */
  readonly states = new Map<string, StateTally>();
  /** By `chart: edge`. */
  readonly edges = new Map<string, number>();
  readonly #actors = new Map<string, Followed>();
  /** The same few ways are taken again and again. */
  readonly #ways = new Map<string, Way>();

  apply(record: FlightRecord): void {
    if (record.kind === "opened" && record.begun) this.#actors.clear();
    else if (record.kind === "key") this.#place(record.actor, record.state, record.since, record.born);
    else if (record.kind === "gone") this.#go(record.actor, record.mono);
    else if (record.kind === "step") this.#step(record.actor, record.event.type, record.state, record.mono);
  }

  #of(chart: string, state: string): StateTally {
    const name = `${chart} ${state}`;
    const one = this.states.get(name) ?? { visits: 0, ended: 0, ms: 0 };
    this.states.set(name, one);
    return one;
  }

  #place(actor: string, state: string, since: MonoMs, born: boolean): void {
    const chart = chartNameOf(actor);
    if (chart === undefined || (!born && this.#actors.has(actor))) return;
    this.#actors.set(actor, { state, since });
    if (!born) return;
    this.#of(chart, state).visits++;
    const first = leafOf(charts[chart]!, "");
    if (first === state) return;
    this.#of(chart, first).visits++;
    this.#take(chart, this.#way(chart, first, "at once", state));
  }

  #go(actor: string, mono: MonoMs): void {
    const chart = chartNameOf(actor);
    const one = this.#actors.get(actor);
    if (chart === undefined || !one) return;
    this.#leave(chart, one, mono);
    this.#actors.delete(actor);
  }

  #leave(chart: string, { state, since }: Followed, mono: MonoMs): void {
    const tally = this.#of(chart, state);
    tally.ended++;
    tally.ms += mono - since;
  }

  #step(actor: string, event: string, state: string | undefined, mono: MonoMs): void {
    const chart = chartNameOf(actor);
    const one = this.#actors.get(actor);
    if (chart === undefined || !one) return;
    this.#take(chart, this.#way(chart, one.state, eventInWords(event), state ?? one.state));
    if (state === undefined) return;
    this.#leave(chart, one, mono);
    this.#of(chart, state).visits++;
    this.#actors.set(actor, { state, since: mono });
  }

  #take(chart: string, { names, through }: Way): void {
    for (const name of names) this.edges.set(`${chart}: ${name}`, (this.edges.get(`${chart}: ${name}`) ?? 0) + 1);
    for (const state of through) this.#of(chart, state).visits++;
  }

  #way(name: string, from: string, event: string, to: string): Way {
    const key = `${name} ${from} ${event} ${to}`;
    const known = this.#ways.get(key);
    if (known) return known;
    const chart = charts[name]!;
    const edges = edgesTaken(chart, from, event, to);
    const through = edges.slice(0, -1).flatMap((edge) => (edge.to[0] === undefined ? [] : leafOf(chart, edge.to[0])));
    const way = { names: edges.map((edge) => edge.name), through };
    this.#ways.set(key, way);
    return way;
  }
}
