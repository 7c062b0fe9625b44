/** Begins a picture with the records that make another one (beginning.ts): what follows goes on from that one's number. */
import type { Picture } from "../picture.ts";
import type { FlightRecord } from "../record.ts";

export type Counts = Pick<Picture, "seq" | "gaps" | "lost">;

export const begin = (picture: Picture, records: readonly FlightRecord[], { seq, gaps, lost }: Counts): void => {
  for (const record of records) picture.apply(record);
  Object.assign(picture, { seq, gaps, lost });
};
