/** Where ways end: states in which an actor has nothing under way, at rest or at its end. All others are on the way. */
import { machineOf } from "./catalogue.ts";
import { isAtRest } from "./explanation.ts";

interface Node {
  readonly type: string;
  readonly states: Readonly<Record<string, Node>>;
}

const isFinal = (kind: string, state: string): boolean => {
  let node = machineOf(kind)?.root as Node | undefined;
  for (const name of state.split(".")) node = node?.states[name];
  return node?.type === "final";
};

/** Charts do not change, and each transition asks. */
const known = new Map<string, boolean>();

/** `state` as a path; supervisors, which have no chart in the catalogue, have always arrived. */
export const isArrival = (kind: string, state: string): boolean => {
  const key = `${kind} ${state}`;
  const answer = known.get(key) ?? (isAtRest(kind, state) || isFinal(kind, state));
  known.set(key, answer);
  return answer;
};
