/** What an actor waits for on the clock: a moment that comes, after a rest where it has failed, and not long after. */
import type { OpenCall } from "../supervisors/door.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import { FAR } from "./world/timers.ts";

/** How long a command that was killed is waited for. */
const DYING_MS = 5_000;
/** The longest rest between two tries. */
const LONGEST_REST_MS = 60_000;

export interface Wait {
  readonly actor: string;
  readonly place: string;
  /** What bounds it, as the state says. */
  readonly bound: string;
  readonly deadline: number | null;
}

/** What is wrong with a wait on the clock; undefined: nothing. */
export const wrongWithMoment = (
  { actor, place, bound, deadline }: Wait,
  { call, since }: OpenCall,
): string | undefined => {
  const { at } = call.input as { readonly at: number };
  const isExec = kindOf(actor) === "exec" && place === "running";
  if (at > FAR) return isExec && deadline === null ? undefined : "waits for a moment that never comes";
  if (bound === "deadline" && at !== (deadline ?? 0)) return `waits until ${at}, and its deadline is ${deadline}`;
  if (kindOf(actor) === "exec" && place === "dying" && (at < since || at > since + DYING_MS))
    return `waits ${at - since} ms for the end of what was killed`;
  if (!bound.includes("backoff")) return undefined;
  if (kindOf(actor) === "container" && place === "stopping.resting" && at > Math.max(since, deadline ?? 0))
    return `rests until ${at}, and its deadline is ${deadline}`;
  // Whoever has no time left does not rest; one that is hastened as its rest ends has had it, and so has one that looked
  // for its process between the failure and the rest.
  const isOver = (place === "stopping.resting" && (deadline ?? 0) <= since) || place === "resuming.resting";
  if (at < since && !isOver) return "goes on without a rest";
  return at > since + LONGEST_REST_MS ? `rests for ${at - since} ms` : undefined;
};
