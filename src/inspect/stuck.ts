/** What counts as stuck, in one place: for the commands' order and exit status. */
import type { Explanation } from "../machines/explanation.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { helpAt } from "./help/texts.ts";
import type { SceneActor } from "./scene.ts";

/** How long something may be under way, in milliseconds. */
export const STUCK_MS = 30_000;

/** Since when it has not been at rest, as far as that is known. */
export const restlessSince = ({ work, since, stateSince }: Explanation): MonoMs | undefined => {
  const known = [work?.since, since, stateSince].filter((moment) => moment !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

/** It takes the time that its client has given it. */
const isClients = ({ until, help = "" }: Explanation, mono: MonoMs): boolean =>
  (until?.what === "deadline" && until.at > mono) || helpAt(help)?.clients === true;

/** When its call last said that it has got on: an image of many gigabytes comes for longer than anything may be stuck. */
const progressAt = ({ call, tries }: Explanation): MonoMs => (tries ? 0 : (call?.doing?.at ?? 0));

/** A client's own time is nobody's fault, also when it is over. */
const clientsTime = ({ until }: Explanation): MonoMs => (until?.what === "deadline" ? until.at : 0);

/** `boundMs`: from when on it is, in milliseconds. */
export const isStuck = (
  { explanation, quarantined }: SceneActor,
  mono: MonoMs,
  boundMs: number = STUCK_MS,
): boolean => {
  if (quarantined !== undefined) return true;
  if (!explanation) return false;
  // Who waits for another gets on as that one does, and has its patience with that one's client.
  const all = explanation.other ? [explanation, explanation.other] : [explanation];
  if (all.some((one) => isClients(one, mono))) return false;
  const since = Math.max(restlessSince(explanation) ?? mono, ...all.map(progressAt), ...all.map(clientsTime));
  return mono - since >= boundMs;
};
