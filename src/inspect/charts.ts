/**
 * The charts as data: what a recording takes along, what the page draws, and what two versions of Troupe are compared by.
 * Functions are not in it; guards and actions have names for that.
 */
import { machines, type MachineName } from "../machines/catalogue.ts";
import { edgesOf, eventInWords, nodesBelow, type StateNode } from "../machines/edges.ts";
import type { StateMeta } from "../machines/slot.ts";

export const CHART_FORMAT = 1;

export interface ChartState {
  /** `stopping.waiting`; empty: the machine itself. */
  readonly path: string;
  readonly type: string;
  /** Where one begins that comes into it. */
  readonly initial?: string;
  readonly tags: readonly string[];
  readonly meta?: StateMeta;
  readonly description?: string;
  readonly slot?: string;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

export interface ChartEdge {
  readonly name: string;
  readonly from: string;
  readonly event: string;
  readonly guard?: string;
  readonly actions: readonly string[];
  /** Empty: it stays where it is. */
  readonly to: readonly string[];
}

export interface Chart {
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartEdge[];
}

export interface Charts {
  readonly format: typeof CHART_FORMAT;
  readonly machines: Readonly<Record<MachineName, Chart>>;
}

/** `recoveredAs ready`: a guard or an action with what it is given, where that is fixed. */
export const named = (one: unknown): string => {
  if (typeof one === "string") return one;
  const { type, params } = one as { type: string; params?: unknown };
  return typeof params === "object" && params !== null ? `${type} ${Object.values(params).join(" ")}` : type;
};

const stateOf = ({ path, type, initial, tags, meta, description, invoke, entry, exit }: StateNode): ChartState => {
  const first = initial.target?.[0]?.path.join(".");
  const slot = invoke[0]?.src;
  return {
    path: path.join("."),
    type,
    ...(first !== undefined && { initial: first }),
    tags,
    ...(meta !== undefined && { meta: meta as StateMeta }),
    ...(description !== undefined && { description }),
    ...(slot !== undefined && { slot }),
    entry: entry.map(named),
    exit: exit.map(named),
  };
};

const edgesIn = (node: StateNode): readonly ChartEdge[] =>
  edgesOf(node).map(({ name, from, definition: { eventType, guard, actions, target } }) => ({
    name,
    from,
    event: eventInWords(eventType),
    ...(guard !== undefined && { guard: named(guard) }),
    actions: actions.map(named),
    to: target?.map(({ path }) => path.join(".")) ?? [],
  }));

const chartOf = (name: MachineName): Chart => {
  const nodes = nodesBelow(machines[name].root as unknown as StateNode);
  return { states: nodes.map(stateOf), edges: nodes.flatMap(edgesIn) };
};

export const chartsNow = (): Charts => {
  const names = Object.keys(machines) as MachineName[];
  const charts = Object.fromEntries(names.map((name) => [name, chartOf(name)]));
  return { format: CHART_FORMAT, machines: charts as Charts["machines"] };
};
