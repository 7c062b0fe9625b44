/** What a ring has written, for whoever reads it: the next daemon, and commands that may find no daemon at all. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { isErrno } from "../linux/libc.ts";
import type { RingPlace } from "./following.ts";
import { segmentsIn, type Segment } from "./segments.ts";

const NEWLINE = 0x0a;

/** The whole text of each segment, oldest first. One that the daemon drops meanwhile is left out. */
export const textsIn = (directory: string): readonly string[] => segmentsIn(directory).flatMap(textOf);

/** The bytes of each, the newest first, read when they are asked for. */
export function* bytesBack(directory: string): Generator<Buffer> {
  for (const segment of segmentsIn(directory).toReversed()) yield* bytesOf(segment);
}

/** The whole lines of each, the newest first, and where they end. */
export function* linesBack(directory: string): Generator<RingPlace & { readonly text: string }> {
  for (const segment of segmentsIn(directory).toReversed())
    for (const bytes of bytesOf(segment)) {
      const offset = bytes.lastIndexOf(NEWLINE) + 1;
      yield { number: segment.number, offset, text: bytes.toString("utf8", 0, offset) };
    }
}

/** The same as text. */
export function* textsBack(directory: string): Generator<string> {
  for (const bytes of bytesBack(directory)) yield bytes.toString();
}

const bytesOf = ({ path }: Segment): readonly Buffer[] => {
  try {
    return [readFileSync(path)];
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
};

const textOf = (segment: Segment): readonly string[] => bytesOf(segment).map(String);

const TAIL_BYTES = 64 * 1024;

/** The last whole lines of what there is, some 64 KiB of them. */
export const lastLinesIn = (directory: string): readonly string[] => {
  for (const segment of segmentsIn(directory).toReversed()) {
    const lines = tailOf(segment);
    if (lines.length > 0) return lines;
  }
  return [];
};

const tailOf = ({ path }: Segment): readonly string[] => {
  let fd;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    // The first may be cut off, unless it is the segment's first; the last is empty, or torn.
    const lines = bytes.toString("utf8", 0, read).split("\n").slice(0, -1);
    return size > bytes.length ? lines.slice(1) : lines;
  } finally {
    closeSync(fd);
  }
};
