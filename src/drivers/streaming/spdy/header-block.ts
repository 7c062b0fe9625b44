/**
 * Header blocks: `count32`, then per header `length32 name length32 value`, compressed by one zlib stream a direction for the
 * whole connection.
 *
 * Writing takes no compressor: what a server writes is the empty block of SYN_REPLY, and "stored" deflate blocks are plain
 * bytes with a length before them. So there is no state but "was the first one written".
 */
import { Invalid } from "../../../errors.ts";
import { DICTIONARY_ID } from "./dictionary.ts";

const MOST_HEADERS = 1000;

export type Headers = ReadonlyMap<string, string>;

/** zlib's header: deflate with a 32 KiB window, no effort, a preset dictionary by its id. */
const zlibHeader = Buffer.from([0x78, 0x20, 0, 0, 0, 0]);
zlibHeader.writeUInt32BE(DICTIONARY_ID, 2);

/**
 * A stored block of no headers: not the last, 4 bytes, their complement, and a count of 0. Behind it the empty block that zlib
 * writes at a flush: Go's reader keeps what it has until it sees that.
 */
const emptyBlock = Buffer.from([0x00, 0x04, 0x00, 0xfb, 0xff, 0, 0, 0, 0, 0x00, 0x00, 0x00, 0xff, 0xff]);

/** Writes the empty header block, again and again: the first time with zlib's header before it. */
export const emptyHeaderBlocks = (): (() => Buffer) => {
  let begun = false;
  return () => {
    const block = begun ? emptyBlock : Buffer.concat([zlibHeader, emptyBlock]);
    begun = true;
    return block;
  };
};

/** Headers of an inflated block, names in lower case; of several values (joined by NUL) the first. Throws Invalid. */
export const parseHeaders = (block: Buffer): Headers => {
  let at = 0;
  const length = (): number => {
    if (at + 4 > block.length) throw new Invalid("spdy header block ends before its headers do");
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const word = (): string => {
    const bytes = length();
    if (at + bytes > block.length) throw new Invalid("spdy header block ends within a header");
    at += bytes;
    return block.toString("utf8", at - bytes, at);
  };
  const count = length();
  if (count > MOST_HEADERS)
    throw new Invalid(`spdy header block of ${count} headers; at most ${MOST_HEADERS} are taken`);
  const headers = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const name = word().toLowerCase();
    headers.set(name, word().split("\0", 1)[0] ?? "");
  }
  return headers;
};
