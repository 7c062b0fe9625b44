/** Where ways end: states in which an actor has nothing under way, at rest or at its end. All others are on the way. */
import { isAtRest, nodesOn } from "./explanation.ts";

const isFinal = (kind: string, state: string): boolean => nodesOn(kind, state).at(-1)?.type === "final";

/** Charts do not change, and each transition asks. */
const known = new Map<string, boolean>();

/** `state` as a path; supervisors, which have no chart in the catalogue, have always arrived. */
export const isArrival = (kind: string, state: string): boolean => {
  const key = `${kind} ${state}`;
  const answer = known.get(key) ?? (isAtRest(kind, state) || isFinal(kind, state));
  known.set(key, answer);
  return answer;
};
