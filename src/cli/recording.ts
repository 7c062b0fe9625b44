/** Recordings as commands find them: the ring of a run directory, or a file that was saved. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { textsIn } from "../drivers/flight/reading.ts";
import { Invalid } from "../errors.ts";
import { readLines, type Lines } from "../inspect/lines.ts";
import { Picture } from "../inspect/picture.ts";

/** What a daemon has recorded, whether it lives or not. */
export const ringIn = (runDir: string): Lines => readLines(textsIn(join(runDir, "flight")).join(""));

/** Larger than any ring, and small enough to be read at once. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Throws Invalid where there is no such file, or no recording in it. */
export const recordingIn = (path: string): Lines => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Invalid(`there is no file ${path}`);
  if (found.size > MOST_BYTES)
    throw new Invalid(`${path} has ${found.size} bytes; a recording has ${MOST_BYTES} at most, so this is none`);
  const lines = readLines(readFileSync(path, "utf8"));
  if (lines.records.length > 0) return lines;
  const strange =
    lines.strange.length > 0 ? ` but of format ${lines.strange.join(", ")}, which this Troupe does not know` : "";
  throw new Invalid(`${path} has no records${strange}`);
};

export const pictured = ({ records }: Lines): Picture => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  return picture;
};
