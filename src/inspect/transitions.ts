/** The last steps of actors, out of records: from where to where, on what, and how long each was where it came from. */
import { eventInWords } from "../machines/edges.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { FlightRecord } from "./record.ts";

export interface Transition {
  readonly mono: MonoMs;
  readonly wall: number;
  /** Absent: it began. */
  readonly from?: string;
  readonly to: string;
  readonly event: string;
  /** How long it was in `from`, in milliseconds. */
  readonly ms?: number;
}

/** By actor, oldest first, the last `most` of each. */
export const transitionsIn = (
  records: readonly FlightRecord[],
  actors: ReadonlySet<string>,
  most: number,
): ReadonlyMap<string, readonly Transition[]> => {
  const all = new Map<string, Transition[]>();
  const places = new Map<string, { readonly state: string; readonly since: MonoMs }>();
  for (const record of records) {
    if ((record.kind !== "step" && record.kind !== "key") || !actors.has(record.actor)) continue;
    const { actor, mono, wall, state } = record;
    const before = record.kind === "key" && record.born ? undefined : places.get(actor);
    if (state === undefined || state === before?.state) continue;
    places.set(actor, { state, since: record.kind === "key" ? record.since : mono });
    if (record.kind === "key" && !record.born) continue;
    const event = record.kind === "key" ? "begun" : eventInWords(record.event.type);
    const came = before && { from: before.state, ms: mono - before.since };
    all.set(actor, [...(all.get(actor) ?? []), { mono, wall, ...came, to: state, event }].slice(-most));
  }
  return all;
};
