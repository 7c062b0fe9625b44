/** Segments of a recording: files whose names count up. */
import { join } from "node:path";
import { namesIn } from "../linux/listing.ts";

const NAME = /^(\d{8})\.ndjson$/;

export interface Segment {
  readonly number: number;
  readonly path: string;
}

export const segmentOf = (directory: string, number: number): Segment => ({
  number,
  path: join(directory, `${String(number).padStart(8, "0")}.ndjson`),
});

/** Oldest first; none where the directory is missing. */
export const segmentsIn = (directory: string): readonly Segment[] =>
  namesIn(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map((digits) => segmentOf(directory, Number(digits)));
