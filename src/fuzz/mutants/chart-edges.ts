/** Mutants of a chart's edges: one is missing, leads elsewhere, is not guarded, is guarded by the opposite, or forgets an action. */
import { not, type AnyActorLogic } from "xstate";
import {
  chartOf,
  edgesIn,
  nameOf,
  pathOfTarget,
  placesOfHolding,
  placesOfTaking,
  rebuilt,
  stateAt,
  stateSeen,
  statesOf,
  targetAt,
  wordOf,
} from "./chart.ts";
import type { Edge, EdgePlace, Path, State } from "./chart.ts";
import { ofKind, type Mutant } from "./mutant.ts";
import type { Place } from "./reach.ts";

/** The state after this one in the chart, the first after the last; of an only one, the one after its parent. */
const neighbour = (chart: State, path: Path): Path => {
  const [parent, name] = [path.slice(0, -1), path.at(-1) ?? ""];
  const names = Object.keys(stateAt(chart, parent).states);
  const next = names[(names.indexOf(name) + 1) % names.length] ?? name;
  return next === name && parent.length > 0 ? neighbour(chart, parent) : [...parent, next];
};

/** Where a state leads that is passed at once, unasked: an edge to it is one to there. */
const passedTo = (chart: State, path: Path): Path | undefined => {
  const [edge, ...others] = stateAt(chart, path).always;
  if (others.length > 0 || edge?.target === undefined || edge.guard !== undefined) return undefined;
  return pathOfTarget(path, edge.target);
};

/** Where an edge leads that is to lead to `path`: to the state after it, and nowhere that comes to the same. */
const astray = (chart: State, path: Path): Path => {
  const [next, same] = [neighbour(chart, path), passedTo(chart, path)];
  return same && nameOf(next) === nameOf(same) ? astray(chart, same) : next;
};

/** Actions that do nothing by their name: without them an edge is what it was. */
const isIdle = (action: unknown): boolean => wordOf(action) === "nothingToDo";

export const edgeMutants = (kind: string, logic: AnyActorLogic): readonly Mutant[] => {
  const chart = chartOf(logic);
  const mutant = (operator: string, what: string, places: readonly Place[], change: (chart: State) => void): Mutant =>
    ofKind({ kind, operator, what: `${operator} ${what}`, places }, (logic) => {
      const changed = chartOf(logic);
      change(changed);
      return rebuilt(logic, changed);
    });
  const atEdge =
    ({ at, index }: EdgePlace, change: (edge: Edge, machineId: string) => void) =>
    (chart: State) => {
      const edge = at(chart)[index];
      if (edge) change(edge, chart.id ?? kind);
    };

  const ofEdge = (place: EdgePlace): Mutant[] => {
    const { name, at, index, edge, path } = place;
    const places = placesOfTaking(kind, place);
    // Whether an edge could be taken is asked before the event is sent.
    const asked = place.event === "retry" ? [{ kind, state: "" }] : undefined;
    const mutants = [mutant("drop edge", name, places, (chart) => at(chart).splice(index, 1))];
    if (edge.target !== undefined) {
      const other = astray(chart, pathOfTarget(path, edge.target));
      mutants.push(
        mutant(
          "retarget edge",
          `${name} to ${nameOf(other)}`,
          places,
          atEdge(place, (edge, machineId) => {
            edge.target = targetAt(machineId, other);
          }),
        ),
      );
    }
    if (edge.guard !== undefined)
      mutants.push(
        mutant(
          "drop guard",
          `${wordOf(edge.guard)} of ${name}`,
          asked ?? placesOfHolding(kind, place),
          atEdge(place, (edge) => {
            delete edge.guard;
          }),
        ),
        mutant(
          "negate guard",
          `${wordOf(edge.guard)} of ${name}`,
          asked ?? [...places, ...placesOfHolding(kind, place)],
          atEdge(place, (edge) => {
            edge.guard = not(edge.guard as Parameters<typeof not>[0]);
          }),
        ),
      );
    edge.actions.forEach((action, n) => {
      if (!isIdle(action))
        mutants.push(
          mutant(
            "drop action",
            `${wordOf(action)} of ${name}`,
            places,
            atEdge(place, ({ actions }) => actions.splice(n, 1)),
          ),
        );
    });
    return mutants;
  };

  const ofEntry = ({ path, state }: { readonly path: Path; readonly state: State }): Mutant[] =>
    state.entry.map((action, n) =>
      mutant(
        "drop action",
        `${wordOf(action)} on entering ${nameOf(path)}`,
        [{ kind, state: stateSeen(chart, path) }],
        (chart) => stateAt(chart, path).entry.splice(n, 1),
      ),
    );

  return [...edgesIn(chart).flatMap(ofEdge), ...statesOf(chart).flatMap(ofEntry)];
};
