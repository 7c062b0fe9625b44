/**
 * The last steps of a few actors, found in a recording without reading it all: a line about one of them is looked for by its
 * bytes, and only what is found becomes records.
 */
import { bytesBack } from "../drivers/flight/reading.ts";
import { readLines } from "../inspect/lines.ts";
import type { FlightRecord } from "../inspect/record.ts";

/** The newest alone: who has not moved for longer is waiting, and its card says for what. */
const SEGMENTS = 2;
const NEWLINE = 0x0a;

const linesWith = (bytes: Buffer, words: string): string => {
  const lines: string[] = [];
  for (let at = bytes.indexOf(words); at >= 0;) {
    const end = bytes.indexOf(NEWLINE, at);
    const start = bytes.lastIndexOf(NEWLINE, at) + 1;
    lines.push(bytes.toString("utf8", start, end < 0 ? bytes.length : end));
    at = end < 0 ? -1 : bytes.indexOf(words, end);
  }
  return lines.join("\n");
};

/** As the recorder writes them: the kind, and then whose it is. */
const MOVES = ["key", "step"] as const;

/** In their order; `most` or a few more of each. */
export const lastStepsIn = (directory: string, actors: ReadonlySet<string>, most: number): readonly FlightRecord[] => {
  const found = new Map([...actors].map((actor) => [actor, [] as readonly FlightRecord[]]));
  let segments = 0;
  for (const bytes of bytesBack(directory)) {
    for (const [actor, later] of found) {
      if (later.length >= most) continue;
      const words = MOVES.map((kind) => `"kind":"${kind}","actor":${JSON.stringify(actor)}`);
      const earlier = words.flatMap((word) => readLines(linesWith(bytes, word)).records);
      found.set(actor, [...earlier.toSorted((one, other) => one.seq - other.seq), ...later]);
    }
    if (++segments === SEGMENTS) break;
  }
  return [...found.values()].flat().toSorted((one, other) => one.seq - other.seq);
};
