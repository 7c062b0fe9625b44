/**
 * Cuts a byte stream into SPDY frames, however the bytes were cut on the way. Data is handed on in the pieces in which it
 * came, without waiting for the frame's end and without a copy; control frames are put together up to a bound.
 */
import { Invalid } from "../../../errors.ts";
import { Flag, FrameType, HEADER_BYTES, VERSION } from "./frames.ts";

/** Real header blocks have some dozen bytes. */
export const MOST_CONTROL_BYTES = 64 << 10;

/** `fin` of data comes with its frame's last piece. A `block` is compressed headers. Ignored: the frame is for nothing here. */
export type Frame =
  | { readonly kind: "data"; readonly streamId: number; readonly bytes: Buffer; readonly fin: boolean }
  | { readonly kind: "synStream"; readonly streamId: number; readonly block: Buffer; readonly fin: boolean }
  | { readonly kind: "headers"; readonly streamId: number; readonly block: Buffer; readonly fin: boolean }
  | { readonly kind: "rstStream"; readonly streamId: number; readonly status: number }
  | { readonly kind: "ping"; readonly id: number }
  | { readonly kind: "goAway" }
  | { readonly kind: "ignored" };

/** Bytes of payload before the header block, or of the whole payload, that a type must have. */
const leastBytes: Readonly<Record<number, number>> = {
  [FrameType.synStream]: 10,
  [FrameType.synReply]: 4,
  [FrameType.rstStream]: 8,
  [FrameType.ping]: 4,
  [FrameType.goAway]: 8,
  [FrameType.headers]: 4,
};

const controlFrame = (type: number, flags: number, payload: Buffer): Frame => {
  if (payload.length < (leastBytes[type] ?? 0))
    throw new Invalid(`spdy frame of type ${type} has ${payload.length} bytes, which is too short`);
  const fin = (flags & Flag.fin) !== 0;
  const word = (at: number): number => payload.readUInt32BE(at);
  const streamId = (): number => word(0) & 0x7fffffff;
  switch (type) {
    case FrameType.synStream:
      return { kind: "synStream", streamId: streamId(), block: payload.subarray(10), fin };
    // A server opens no streams, but the reply's block is part of the connection's one zlib stream all the same.
    case FrameType.synReply:
    case FrameType.headers:
      return { kind: "headers", streamId: streamId(), block: payload.subarray(4), fin };
    case FrameType.rstStream:
      return { kind: "rstStream", streamId: streamId(), status: word(4) };
    case FrameType.ping:
      return { kind: "ping", id: word(0) };
    case FrameType.goAway:
      return { kind: "goAway" };
    default:
      // SETTINGS and WINDOW_UPDATE too: the peers' library has no flow control, and back-pressure is TCP's.
      return { kind: "ignored" };
  }
};

export class FrameReader {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** What has come of a header or control payload that lies in more than one chunk. */
  #partial: Buffer | undefined;
  #have = 0;
  #control: { readonly type: number; readonly flags: number; readonly length: number } | undefined;
  #data: { readonly streamId: number; readonly fin: boolean; left: number } | undefined;

  /** The next bytes; those before must have been read to their end. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next frame or piece of data; undefined when more bytes are needed. Throws Invalid for what no SPDY/3 peer sends. */
  next(): Frame | undefined {
    for (;;) {
      if (this.#data) return this.#dataPiece(this.#data);
      if (this.#control) {
        const { type, flags, length } = this.#control;
        const payload = this.#take(length);
        if (!payload) return undefined;
        this.#control = undefined;
        return controlFrame(type, flags, payload);
      }
      const header = this.#take(HEADER_BYTES);
      if (!header) return undefined;
      this.#begin(header);
    }
  }

  #begin(header: Buffer): void {
    const first = header.readUInt32BE(0);
    const flags = header.readUInt8(4);
    const length = header.readUIntBE(5, 3);
    if (first >>> 31 === 0) {
      this.#data = { streamId: first, fin: (flags & Flag.fin) !== 0, left: length };
      return;
    }
    const version = (first >>> 16) & 0x7fff;
    if (version !== VERSION) throw new Invalid(`spdy frame of version ${version}; only version ${VERSION} is spoken`);
    if (length > MOST_CONTROL_BYTES)
      throw new Invalid(`spdy control frame of ${length} bytes; at most ${MOST_CONTROL_BYTES} are taken`);
    this.#control = { type: first & 0xffff, flags, length };
  }

  #dataPiece(data: { readonly streamId: number; readonly fin: boolean; left: number }): Frame | undefined {
    const bytes = this.#chunk.subarray(this.#at, this.#at + data.left);
    if (bytes.length === 0 && data.left > 0) return undefined;
    this.#at += bytes.length;
    data.left -= bytes.length;
    if (data.left === 0) this.#data = undefined;
    return { kind: "data", streamId: data.streamId, bytes, fin: data.fin && data.left === 0 };
  }

  /** Exactly `length` bytes, put together when they came in more than one chunk. */
  #take(length: number): Buffer | undefined {
    const end = Math.min(this.#at + length - this.#have, this.#chunk.length);
    const found = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    if (!this.#partial && found.length === length) return found;
    this.#partial ??= Buffer.allocUnsafe(length);
    this.#have += found.copy(this.#partial, this.#have);
    if (this.#have < length) return undefined;
    const whole = this.#partial;
    this.#partial = undefined;
    this.#have = 0;
    return whole;
  }
}
