/** Mutants of a chart's steps: one is left out, two change places, a deadline never comes or has come already. */
import type { AnyActorLogic } from "xstate";
import {
  chartOf,
  nameOf,
  pathOfTarget,
  rebuilt,
  stateAt,
  stateSeen,
  statesOf,
  targetAt,
  type Path,
  type State,
} from "./chart.ts";
import { ofKind, type Mutant } from "./mutant.ts";

/** So far off that nobody waits for it. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** Steps that write down what is to be, or what is. */
const PERSISTS = new Set(["record", "forgetRecord", "commit"]);

/** Where a step leads when all goes well: its slot is done, or what it waits for has come. */
const onward = (path: Path, state: State): Path | undefined => {
  const [invocation] = state.invoke;
  const edges = invocation ? invocation.onDone : (state.on[state.meta?.waitsFor ?? ""] ?? []);
  const target = edges.at(-1)?.target;
  return target === undefined ? undefined : pathOfTarget(path, target);
};

export const stepMutants = (kind: string, logic: AnyActorLogic): readonly Mutant[] => {
  const chart = chartOf(logic);
  const machineId = chart.id ?? kind;
  const mutant = (operator: string, what: string, path: Path, change: (chart: State) => void): Mutant =>
    ofKind({ kind, operator, what, places: [{ kind, state: stateSeen(chart, path) }] }, (logic) => {
      const changed = chartOf(logic);
      change(changed);
      return rebuilt(logic, changed);
    });

  const skipped = (path: Path, then: Path): Mutant =>
    mutant("skip step", `skip ${nameOf(path)}`, path, (chart) => {
      const state = stateAt(chart, path);
      state.invoke = [];
      state.entry = [];
      state.always = [{ target: targetAt(machineId, then), actions: [] }];
    });

  const moved = (path: Path, when: "never" | "at once"): Mutant =>
    mutant("lose deadline", `the deadline of ${nameOf(path)} comes ${when}`, path, (chart) => {
      const [invocation] = stateAt(chart, path).invoke;
      const input = invocation?.input as ((given: unknown) => object) | undefined;
      if (invocation) invocation.input = (given: unknown) => ({ ...input?.(given), at: when === "never" ? NEVER : 0 });
    });

  const swapped = (path: Path, then: Path, operator: string): Mutant =>
    mutant(operator, `${nameOf(then)} before ${nameOf(path)}`, path, (chart) => {
      const [one, other] = [stateAt(chart, path), stateAt(chart, then)];
      const [first, second] = [one.invoke[0], other.invoke[0]];
      if (!first || !second) return;
      [first.src, second.src] = [second.src, first.src];
      [first.input, second.input] = [second.input, first.input];
      [one.meta, other.meta] = [other.meta as NonNullable<State["meta"]>, one.meta as NonNullable<State["meta"]>];
    });

  return statesOf(chart).flatMap(({ path, state }) => {
    const src = state.invoke[0]?.src;
    if (src === "until") return [moved(path, "never"), moved(path, "at once")];
    const then = onward(path, state);
    if (!then || !state.meta) return [];
    const next = stateAt(chart, then).invoke[0]?.src;
    if (src === undefined || next === undefined || next === "until" || next === src) return [skipped(path, then)];
    const operator = PERSISTS.has(src) || PERSISTS.has(next) ? "swap persist and effect" : "swap effects";
    return [skipped(path, then), swapped(path, then, operator)];
  });
};
