/** Names that somebody may have meant. */
import { distance } from "../vocabulary/spelling.ts";

/** Longer ones are nobody's typing error. */
const LONGEST = 80;
const SHOWN = 3;

/** At most three, the nearest first; fewer where the others share less than half of their letters with it. */
export const nearest = (asked: string, names: readonly string[]): readonly string[] => {
  if (asked.length > LONGEST) return [];
  const candidates = [...new Set(names)].filter((name) => name.length > 0 && name.length <= LONGEST);
  return candidates
    .map((name) => ({ name, away: distance(asked, name) }))
    .filter(({ name, away }) => away <= Math.max(name.length, asked.length) / 2)
    .toSorted((one, other) => one.away - other.away)
    .slice(0, SHOWN)
    .map(({ name }) => name);
};
