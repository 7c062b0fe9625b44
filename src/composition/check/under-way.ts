/**
 * What of the findings beside a daemon at work is a finding at all. Pure.
 *
 *   look ─▶ ask what is at work ─▶ look again ─▶ ask again
 *
 * A thing of a moment is there in one look alone; of longer work its actor tells, which is never at rest meanwhile.
 */
import type { Finding } from "./judge.ts";

export interface Confirmed {
  readonly findings: readonly Finding[];
  /** Of objects at which somebody is at work. */
  readonly underWay: readonly Finding[];
}

/** `waits`: the daemon's sentences, which name who is at work. A doubtful record is found, though the daemon tells of it too. */
export const confirm = (first: readonly Finding[], second: readonly Finding[], waits: readonly string[]): Confirmed => {
  const before = new Set(first.map(keyOf));
  const both = second.filter((finding) => before.has(keyOf(finding)));
  const isAtWork = ({ verdict, id }: Finding): boolean =>
    verdict !== "doubtful" && id !== undefined && waits.some((wait) => wait.includes(id));
  return { findings: both.filter((one) => !isAtWork(one)), underWay: both.filter(isAtWork) };
};

const keyOf = ({ verdict, kind, what, id = "" }: Finding): string => JSON.stringify([verdict, kind, what, id]);
