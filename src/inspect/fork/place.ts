/** Where a fork leaves a recording: between two things that entered the daemon, for in the midst of one nobody can stand. */
import type { FlightRecord } from "../record.ts";

/**
 * How many records have happened there. `at`: how many the reader has seen happen. Whoever stands at the end of a call asks
 * how it might have ended otherwise: that is before it; all else has happened with all that followed from it.
 */
export const placeOf = (records: readonly FlightRecord[], at: number): number => {
  const current = records[at - 1];
  if (!current || current.cause === 0) return at;
  if (current.kind === "ended") return beginOf(records, at, current.cause);
  let place = at;
  while (records[place]?.cause === current.cause) place++;
  return place;
};

const beginOf = (records: readonly FlightRecord[], at: number, cause: number): number => {
  let place = at;
  while (records[place - 1]?.cause === cause) place--;
  return place;
};
