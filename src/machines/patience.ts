/** How long a wait is nobody's fault: as long as its client has given it, and while what is done for it gets on. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Explanation } from "./explanation.ts";

/** A client's own time is nobody's fault, also when it is over. */
const clientsTime = ({ until, clients }: Explanation): MonoMs =>
  clients ? Infinity : until?.what === "deadline" ? until.at : 0;

/** When its call last said that it has got on: an image of many gigabytes comes for longer than anything may be stuck. */
const progressAt = ({ call, tries }: Explanation): MonoMs => (tries ? 0 : (call?.doing?.at ?? 0));

/**
 * Whoever waits for another gets on as that one does, and has its patience with that one's client. 0: it is answerable from its
 * beginning; Infinity: however long it takes.
 */
export const blamelessUntil = (explanation: Explanation): MonoMs => {
  const { other } = explanation;
  const own = Math.max(clientsTime(explanation), progressAt(explanation));
  return other ? Math.max(own, blamelessUntil(other)) : own;
};
