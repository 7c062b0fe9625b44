/**
 * A machine's chart in one plain form, to be changed and built again. XState keeps what a machine was made of (`config`,
 * `implementations`), in which an edge may be a string, an object or an array of them; here it is always an array.
 */
import { StateMachine, type AnyActorLogic, type AnyStateMachine } from "xstate";
import type { StateMeta } from "../../machines/slot.ts";
import { CRASH, SPENT, type Place } from "./reach.ts";

export interface Edge {
  target?: string;
  guard?: unknown;
  actions: unknown[];
  reenter?: boolean;
}
export interface Invocation {
  id?: string;
  src: string;
  input?: unknown;
  onDone: Edge[];
  onError: Edge[];
}
export interface State {
  id?: string;
  type?: string;
  initial?: string;
  meta?: StateMeta;
  entry: unknown[];
  exit: unknown[];
  on: Record<string, Edge[]>;
  always: Edge[];
  invoke: Invocation[];
  states: Record<string, State>;
}

/** Where a state is in its chart: the names from the root down; none for the root itself. */
export type Path = readonly string[];

const list = (one: unknown): unknown[] =>
  one === undefined ? [] : Array.isArray(one) ? [...(one as unknown[])] : [one];

const edgesOf = (written: unknown): Edge[] =>
  list(written).map((one) => {
    const edge = (typeof one === "string" ? { target: one } : one) as Omit<Edge, "actions"> & { actions?: unknown };
    return { ...edge, actions: list(edge.actions) };
  });

const mapped = <From, To>(from: Record<string, From> | undefined, map: (one: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(from ?? {}).map(([name, one]) => [name, map(one)]));

type Written = { readonly [Part in keyof State]?: unknown };

const stateOf = (written: Written): State => ({
  ...(written as State),
  entry: list(written.entry),
  exit: list(written.exit),
  on: mapped(written.on as Record<string, unknown> | undefined, edgesOf),
  always: edgesOf(written.always),
  invoke: list(written.invoke).map((one) => {
    const invocation = one as Invocation;
    return { ...invocation, onDone: edgesOf(invocation.onDone), onError: edgesOf(invocation.onError) };
  }),
  states: mapped(written.states as Record<string, Written> | undefined, stateOf),
});

/** A copy of the chart that may be changed. */
export const chartOf = (logic: AnyActorLogic): State => stateOf((logic as AnyStateMachine).config as Written);

/** A leaf's empty parts mean something else to XState than absent ones. */
const written = (state: State): object => {
  const { states, always, invoke, ...rest } = state;
  return {
    ...rest,
    ...(always.length > 0 ? { always } : {}),
    ...(invoke.length > 0 ? { invoke: invoke.map(spelt) } : {}),
    ...(Object.keys(states).length > 0 ? { states: mapped(states, written) } : {}),
  };
};
const spelt = ({ onDone, onError, ...rest }: Invocation): object => ({
  ...rest,
  ...(onDone.length > 0 ? { onDone } : {}),
  ...(onError.length > 0 ? { onError } : {}),
});

/** The machine with another chart, and other hands where they are given. */
export const rebuilt = (
  logic: AnyActorLogic,
  chart: State,
  implementations: AnyStateMachine["implementations"] = (logic as AnyStateMachine).implementations,
): AnyActorLogic => new StateMachine(written(chart) as AnyStateMachine["config"], implementations);

export const stateAt = (chart: State, path: Path): State => {
  let state = chart;
  for (const name of path) {
    const inner = state.states[name];
    if (!inner) throw new Error(`the chart has no state ${path.join(".")}`);
    state = inner;
  }
  return state;
};

/** Every state, each before those in it. */
export const statesOf = (state: State, path: Path = []): readonly { readonly path: Path; readonly state: State }[] => [
  { path, state },
  ...Object.entries(state.states).flatMap(([name, inner]) => statesOf(inner, [...path, name])),
];

export const nameOf = (path: Path): string => path.join(".") || "anywhere";

/** Where an edge of the state at `from` leads: `#container.removing.intending`, `.inner`, or a state beside it. */
export const pathOfTarget = (from: Path, target: string): Path => {
  if (target.startsWith("#")) return target.slice(1).split(".").slice(1);
  return target.startsWith(".")
    ? [...from, ...target.slice(1).split(".")]
    : [...from.slice(0, -1), ...target.split(".")];
};
export const targetAt = (machineId: string, path: Path): string => `#${[machineId, ...path].join(".")}`;

/** Where an edge is written. */
export interface EdgePlace {
  readonly path: Path;
  /** What it is an edge for, as in its name. */
  readonly event: string;
  /** The chart's first state. */
  readonly initial: string | undefined;
  /** States further in that take this event for themselves. */
  readonly except: readonly string[];
  /** `on stop`, `always`, `done`, `failed`, with a number where there are several. */
  readonly name: string;
  readonly at: (chart: State) => Edge[];
  readonly index: number;
  /** How many edges there are for this event in this state. */
  readonly of: number;
  readonly edge: Edge;
  /** The one that is looked at after it. */
  readonly next: Edge | undefined;
}

const edgesAt = (path: Path, state: State, initial: string | undefined): readonly EdgePlace[] => {
  const slots: [string, (state: State) => Edge[]][] = [
    ...Object.keys(state.on).map((event): [string, (state: State) => Edge[]] => [event, ({ on }) => on[event] ?? []]),
    ["always", ({ always }) => always],
    ...state.invoke.flatMap((_, n): [string, (state: State) => Edge[]][] => [
      ["done", ({ invoke }) => invoke[n]?.onDone ?? []],
      ["failed", ({ invoke }) => invoke[n]?.onError ?? []],
    ]),
  ];
  return slots.flatMap(([event, edges]) => {
    const found = edges(state);
    return found.map((edge, index) => ({
      path,
      event,
      initial,
      except: statesOf(state, path)
        .filter((inner) => inner.path !== path && inner.state.on[event]?.some(({ guard }) => guard === undefined))
        .map((inner) => inner.path.join(".")),
      name: `${nameOf(path)} › ${event}${found.length > 1 ? ` ${index + 1}` : ""}`,
      at: (chart: State) => edges(stateAt(chart, path)),
      index,
      of: found.length,
      edge,
      next: found[index + 1],
    }));
  });
};

/** Every edge of the chart. */
export const edgesIn = (chart: State): readonly EdgePlace[] =>
  statesOf(chart).flatMap(({ path, state }) => edgesAt(path, state, chart.initial));

/** What is raised by an actor itself comes with what made it raise it. */
const RAISED: Readonly<Record<string, readonly string[]>> = {
  spawn: ["spawn", "ask.*"],
  again: ["again", "retry"],
  "child.*": ["child.*", "xstate.done.actor.*", "again"],
};

/** Where to look for a state: an actor is in its first one before it is seen to move. */
export const stateSeen = ({ initial }: { readonly initial?: string | undefined }, path: Path): string =>
  path[0] === initial ? "" : path.join(".");

const TOLD: Readonly<Record<string, string>> = {
  always: "at once",
  "xstate.done.actor.*": "done",
  "xstate.error.actor.*": "failed",
};

/** Whoever takes one of these dies of it, and XState tells of no step. */
const DEADLY: ReadonlySet<string> = new Set(["fail", "giveUp"]);

/** Where the `nth` edge for the same event is taken. */
const placeOfEdge = (kind: string, { path, event, of }: EdgePlace, nth: number): Place => ({
  kind,
  state: "",
  edge: `${nameOf(path)} --${TOLD[event] ?? event}${of > 1 ? `[${nth}]` : ""}`,
});

/** Whether inspection tells of it: an actor has taken its first steps before it is seen. */
const isTold = ({ path, event, initial }: EdgePlace): boolean => !(event === "always" && path[0] === initial);

const isDeadly = ({ actions }: Edge): boolean => actions.some((action) => DEADLY.has(wordOf(action)));

/** Children of the root, for which it dies if they crash too often. */
const OF_ROOT = ["life", "monitor-link", "network", "images", "leaks", "pods"];

/** Where a supervisor dies of its child, or would: one that is vital, or has crashed too often. */
const deathsOf = (kind: string, place: EdgePlace): readonly Place[] => {
  if (place.event !== "xstate.error.actor.*") return placesOf(kind, place);
  if (place.index === 0) return [{ kind: "scribe", state: "", event: CRASH }];
  return OF_ROOT.map((kind) => ({ kind, state: "", event: SPENT }));
};

/** Where to look for the first edges of an actor that begins again. */
const untold = (kind: string, place: EdgePlace): readonly Place[] => {
  const { guard, target } = place.edge;
  if (wordOf(guard) === "crashed") return [{ kind, state: "", event: CRASH }];
  return target === "resuming" ? [{ kind, state: "resuming" }] : placesOf(kind, place);
};

/** Where a schedule has to come for an edge to matter: where it is taken. */
export const placesOfTaking = (kind: string, place: EdgePlace): readonly Place[] =>
  isDeadly(place.edge)
    ? deathsOf(kind, place)
    : isTold(place)
      ? [placeOfEdge(kind, place, place.index)]
      : untold(kind, place);

/** Where a schedule has to come for a guard to have held an edge back: where one of those after it is taken. */
export const placesOfHolding = (kind: string, place: EdgePlace): readonly Place[] => {
  const { index, of } = place;
  if (index + 1 === of || !isTold(place)) return placesOf(kind, place);
  if (place.next && isDeadly(place.next)) return deathsOf(kind, place);
  return Array.from({ length: of - index - 1 }, (_, n) => placeOfEdge(kind, place, index + 1 + n));
};

/** Where a schedule has to come for an edge to be looked at. */
const placesOf = (kind: string, { path, event, except, initial }: EdgePlace): readonly Place[] => {
  const state = stateSeen({ initial }, path);
  if (event === "always") return [{ kind, state }];
  return (RAISED[event] ?? [event]).map((event) => ({ kind, state, event, except }));
};

/** `begin` of `"begin"` and of `{ type: "begin", params }`. */
export const wordOf = (one: unknown): string =>
  typeof one === "string" ? one : ((one as { type?: string } | null)?.type ?? "a function");
