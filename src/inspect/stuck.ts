/** What counts as stuck, in one place: for the pages, and for the commands' order and exit status. */
import type { Explanation } from "../machines/explanation.ts";
import { blamelessUntil } from "../machines/patience.ts";
import type { MonoMs } from "../vocabulary/index.ts";

/** Who has had something to do for so long is stuck, whatever it is; in milliseconds. */
export const STUCK_MS = 30_000;
/** As is who has failed at it so often. */
const STUCK_TRIES = 3;

/** What is asked of an actor: quarantined, or not at rest and explained. */
export interface Waiter {
  readonly explanation?: Explanation | undefined;
  readonly quarantined?: string | undefined;
}

/** Since when it has not been at rest, as far as that is known. */
export const restlessSince = ({ work, since, stateSince }: Explanation): MonoMs | undefined => {
  const known = [work?.since, since, stateSince].filter((moment) => moment !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

/** `boundMs`: from when on it is, in milliseconds. */
export const isStuck = ({ explanation, quarantined }: Waiter, mono: MonoMs, boundMs: number = STUCK_MS): boolean => {
  if (quarantined !== undefined) return true;
  if (!explanation) return false;
  const blameless = blamelessUntil(explanation);
  if ((explanation.tries ?? 0) >= STUCK_TRIES) return mono >= blameless;
  return mono - Math.max(restlessSince(explanation) ?? mono, blameless) >= boundMs;
};
