/** A recording as it grows: the picture of the node, brought forward with each write of the daemon. */
import { closeSync, openSync, readSync, watch, type FSWatcher } from "node:fs";
import { segmentsIn, type Segment } from "../drivers/flight/segments.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import { readLines } from "../inspect/lines.ts";
import { newestIn } from "../inspect/newest.ts";
import type { Picture } from "../inspect/picture.ts";

const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/** A segment, and how far it has been read. */
interface Place extends Segment {
  readonly offset: number;
}

/** Whole lines from `offset` on, and where they end; none where the segment is gone. */
const linesFrom = ({ path, offset }: Place): { readonly text: string; readonly end: number } => {
  const chunks: Buffer[] = [];
  try {
    const fd = openSync(path, "r");
    try {
      for (let at = offset, read = -1; read !== 0; at += read) {
        const chunk = Buffer.allocUnsafe(CHUNK);
        read = readSync(fd, chunk, 0, CHUNK, at);
        chunks.push(chunk.subarray(0, read));
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  const bytes = Buffer.concat(chunks);
  const whole = bytes.lastIndexOf(NEWLINE) + 1;
  return { text: bytes.toString("utf8", 0, whole), end: offset + whole };
};

export class RingTail {
  readonly picture: Picture;
  readonly #directory: string;
  #place: Place | undefined;
  /** Lines that could not be read, so far. */
  damaged = 0;

  /** Throws where the directory cannot be read. */
  constructor(directory: string) {
    this.#directory = directory;
    const { picture, damaged } = newestIn(this.#backwards());
    this.picture = picture;
    this.damaged = damaged;
  }

  *#backwards(): Generator<string> {
    for (const segment of segmentsIn(this.#directory).toReversed()) {
      const { text, end } = linesFrom({ ...segment, offset: 0 });
      this.#place ??= { ...segment, offset: end };
      yield text;
    }
  }

  /** Reads what has come since. True where something has. */
  advance(): boolean {
    const before = this.picture.seq;
    const { number, offset } = this.#place ?? { number: 0, offset: 0 };
    for (const segment of segmentsIn(this.#directory)) {
      if (segment.number < number) continue;
      const { text, end } = linesFrom({ ...segment, offset: segment.number === number ? offset : 0 });
      this.#place = { ...segment, offset: end };
      const { records, damaged } = readLines(text);
      this.damaged += damaged;
      for (const record of records) this.picture.apply(record);
    }
    return this.picture.seq !== before;
  }

  /** `changed`: something was written; may be called often. */
  watch(changed: () => void): FSWatcher {
    return watch(this.#directory, changed);
  }
}
