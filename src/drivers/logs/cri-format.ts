/**
 * The CRI log format (kubelet, `cri/streams` of the CRI documentation): one record a line,
 *
 *   2026-11-21T10:00:00.123456789Z stdout F the line
 *
 * `F` ends a line of the container; `P` is a part of one that goes on in the stream's next record. Pure: bytes in, bytes out.
 */
import type { WallTime } from "../linux/clock.ts";

export type Stream = "stdout" | "stderr";

/** A longer line is split into parts of this many bytes, as CRI-O and containerd do. */
export const LONGEST_PART_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
/** Timestamp, blank, stream, blank, tag, blank. */
const PREFIX_BYTES = 30 + 1 + 6 + 1 + 1 + 1;
const TAG_AT = PREFIX_BYTES - 2;
const [FULL, PART] = [0x46, 0x50];

/** RFC 3339 with nanoseconds in UTC: always 30 characters, so that records can be counted backwards. */
export const timestamp = ({ seconds, nanoseconds }: WallTime): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanoseconds).padStart(9, "0")}Z`;

/** A record of our own, among those of the container: what a reader of the log has to know of it. */
export const notice = (text: string, stamp: string): Buffer => Buffer.from(`${stamp} stderr F troupe: ${text}\n`);

/** Room for the records of any `rawBytes`: at worst each byte is a line. */
export const roomFor = (rawBytes: number): number => rawBytes * (PREFIX_BYTES + 2);

/** In each byte of a word. */
const NEWLINES = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/**
 * Copies the bytes from `at` up to a newline or to `limit` to where they are `shift` bytes further on, and answers where it stopped.
 * By words: a call for each line costs more than the line, and strings are twice as slow and leave garbage. A word may bring up to
 * three bytes behind the newline along, for which there is room, as each of them takes some itself.
 */
const copyLine = (raw: DataView, from: number, limit: number, out: DataView, shift: number): number => {
  let at = from;
  let found = 0;
  // This loop is most of what the log thread does: V8 makes twice as much of it as of one that returns from its middle.
  while (at + 4 <= limit) {
    const word = raw.getInt32(at, true);
    out.setInt32(at + shift, word, true);
    // The lowest byte that is zero is the first to get its high bit: borrowing begins above it.
    const others = word ^ NEWLINES;
    found = (others - ONES) & ~others & HIGH_BITS;
    if (found !== 0) break;
    at += 4;
  }
  if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
  for (; at < limit && raw.getUint8(at) !== NEWLINE; at++) out.setUint8(at + shift, raw.getUint8(at));
  return at;
};

/**
 * Writes the records of the first `rawBytes` of `raw` to the start of `out`, and answers their length. Bytes after the last
 * newline become a `P` record at once. The same input gives the same records: recovery rests on that.
 */
export const frame = (raw: Buffer, rawBytes: number, stream: Stream, stamp: string, out: Buffer): number => {
  const [from, to] = [viewOf(raw), viewOf(out)];
  const prefix = viewOf(Buffer.from(`${stamp} ${stream} F `, "latin1"));
  let at = 0;
  let length = 0;
  while (at < rawBytes) {
    // As doubles, whose bits stay what they are where they are text.
    for (let byte = 0; byte < PREFIX_BYTES; byte += 8)
      to.setFloat64(length + byte, prefix.getFloat64(byte, true), true);
    const shift = length + PREFIX_BYTES - at;
    at = copyLine(from, at, Math.min(rawBytes, at + LONGEST_PART_BYTES), to, shift);
    const isFull = at < rawBytes && from.getUint8(at) === NEWLINE;
    if (!isFull) to.setUint8(length + TAG_AT, PART);
    length = at + shift;
    to.setUint8(length++, NEWLINE);
    if (isFull) at++;
  }
  return length;
};

/** Where the last whole record ends in the first `framedBytes` of `framed`. */
export const wholeRecords = (framed: Buffer, framedBytes: number): number =>
  framedBytes === 0 ? 0 : framed.lastIndexOf(NEWLINE, framedBytes - 1) + 1;

/** How many bytes of the container the first `framedBytes` of `framed`, whole records, stand for. */
export const rawBytesOf = (framed: Buffer, framedBytes: number): number => {
  let raw = 0;
  for (let at = 0; at < framedBytes;) {
    const next = framed.indexOf(NEWLINE, at) + 1;
    // Behind the prefix: the bytes and a newline, which is the container's own only in a full record.
    raw += next - at - PREFIX_BYTES - (framed[at + TAG_AT] === FULL ? 0 : 1);
    at = next;
  }
  return raw;
};
