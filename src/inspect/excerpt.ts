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

/** Nothing of what was before is there any more. */
const begins = (record: FlightRecord | undefined): boolean => record?.kind === "opened" && record.begun;

/**
 * Where all is known of all that there is. A daemon that begins says all from its start; a segment that goes on says when it
 * has said what there is, and what came before that has to be left out.
 */
const wholeFrom = (records: readonly FlightRecord[]): number => {
  const [first] = records;
  if (first?.kind !== "opened" || begins(first)) return 0;
  const at = records.findIndex((record) => record.kind === "whole" || begins(record));
  return records[at]?.kind === "whole" ? at + 1 : Math.max(at, 0);
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
  const taken = start === 0 || begins(rest[0]) ? rest : [...beginningOf(picture), ...rest];
  const kept = pods ? ofPods(taken, pods) : taken;
  return { records: kept, before: start, others: taken.length - kept.length };
};
