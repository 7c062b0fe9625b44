/**
 * As little of a recording as tells where everybody is. Each segment says anew all that there is, but spread over its first
 * writes; so segments are read backwards until one has said all of it.
 */
import { readLines, type Lines } from "./lines.ts";
import { Picture } from "./picture.ts";
import type { FlightRecord } from "./record.ts";

export interface Newest extends Lines {
  readonly picture: Picture;
}

const pictureOf = (records: readonly FlightRecord[]): Picture => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  return picture;
};

/** Nothing that there is was said before these alone: a daemon begins here, or has said again all that there was. */
const isEnough = ([first, ...others]: readonly FlightRecord[]): boolean =>
  first?.kind === "opened" && (first.begun || others.some(({ kind }) => kind === "whole"));

/** `texts`: of segments, the newest first; no more of them are asked for than are needed. */
export const newestIn = (texts: Iterable<string>): Newest => {
  let lines: Lines = { records: [], damaged: 0, strange: [] };
  for (const text of texts) {
    const older = readLines(text);
    lines = {
      records: [...older.records, ...lines.records],
      damaged: older.damaged + lines.damaged,
      strange: [...older.strange, ...lines.strange],
    };
    if (isEnough(lines.records)) break;
  }
  return { ...lines, picture: pictureOf(lines.records) };
};
