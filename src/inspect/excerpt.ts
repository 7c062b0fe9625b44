/**
 * The part of a recording that is taken along: from a moment on, or of one pod. It begins with a whole state, and nothing in
 * it is numbered anew.
 */
import { beginningOf } from "./beginning.ts";
import { Picture } from "./picture.ts";
import { ofPods, type PodName } from "./pod-excerpt.ts";
import type { FlightRecord } from "./record.ts";

export interface Wanted {
  /** Milliseconds since 1970; absent: all that there is. */
  readonly since?: number;
  readonly pods?: readonly PodName[];
}

/** Said anew at the beginning of a segment, for what was before it has gone. */
const isAnew = (record: FlightRecord): boolean =>
  (record.kind === "key" && !record.born) || ("since" in record && record.kind !== "key");

/**
 * Where all is known of all that there is. A daemon that begins says all from its start; a segment that goes on says what there
 * is in its first writes, and what came before those has to be left out.
 */
const wholeFrom = (records: readonly FlightRecord[]): number => {
  const [first] = records;
  if (first?.kind !== "opened" || first.begun) return 0;
  const next = records.findIndex(({ kind }, n) => n > 0 && kind === "opened");
  const segment = next < 0 ? records : records.slice(0, next);
  return segment.findLastIndex(isAnew) + 1;
};

const startOf = (records: readonly FlightRecord[], since: number | undefined): number => {
  const whole = wholeFrom(records);
  if (since === undefined) return whole;
  const asked = records.findIndex(({ wall }) => wall >= since);
  return Math.max(whole, asked < 0 ? records.length : asked);
};

export interface Excerpt {
  readonly records: readonly FlightRecord[];
  /** Records that came before its beginning. */
  readonly before: number;
  /** Records of others. */
  readonly others: number;
}

export const excerptOf = (records: readonly FlightRecord[], { since, pods }: Wanted): Excerpt => {
  const start = startOf(records, since);
  const picture = new Picture();
  for (const record of records.slice(0, start)) picture.apply(record);
  const rest = records.slice(start);
  const taken = start === 0 ? rest : [...beginningOf(picture), ...rest];
  const kept = pods ? ofPods(taken, pods) : taken;
  return { records: kept, before: start, others: taken.length - kept.length };
};
