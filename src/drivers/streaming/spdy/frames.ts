/**
 * SPDY/3.1 frames as bytes, as far as a server of streams writes them. Control: `8003 type16 flags8 length24`, then the
 * payload; data: `0 streamId31 flags8 length24`, then the bytes. The header says 3, although the token is SPDY/3.1.
 */
export const VERSION = 3;
export const HEADER_BYTES = 8;

export const FrameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const Flag = { fin: 1, unidirectional: 2 } as const;

/** Why a stream was reset. */
export const ResetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const;

/** Why a connection is left. */
export const GoAwayStatus = { ok: 0, protocolError: 1 } as const;

const control = (type: number, flags: number, payloadBytes: number, ...words: readonly number[]): Buffer => {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + 4 * words.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(((flags << 24) | payloadBytes) >>> 0, 4);
  for (const [at, word] of words.entries()) frame.writeUInt32BE(word, HEADER_BYTES + 4 * at);
  return frame;
};

/** Before `length` bytes of data, which follow as they are. */
export const dataHeader = (streamId: number, length: number, fin: boolean): Buffer => {
  const frame = Buffer.allocUnsafe(HEADER_BYTES);
  frame.writeUInt32BE(streamId, 0);
  frame.writeUInt32BE((((fin ? Flag.fin : 0) << 24) | length) >>> 0, 4);
  return frame;
};

export const synReplyFrame = (streamId: number, headerBlock: Buffer): Buffer =>
  Buffer.concat([control(FrameType.synReply, 0, 4 + headerBlock.length, streamId), headerBlock]);

export const rstStreamFrame = (streamId: number, status: number): Buffer =>
  control(FrameType.rstStream, 0, 8, streamId, status);

export const pingFrame = (id: number): Buffer => control(FrameType.ping, 0, 4, id);

/** `lastGoodId` is the highest stream id that was received. */
export const goAwayFrame = (lastGoodId: number, status: number): Buffer =>
  control(FrameType.goAway, 0, 8, lastGoodId, status);
