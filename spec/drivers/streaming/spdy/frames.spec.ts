import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Invalid } from "../../../../src/errors.ts";
import { FrameReader, MOST_CONTROL_BYTES, type Frame } from "../../../../src/drivers/streaming/spdy/frame-reader.ts";
import {
  dataHeader,
  goAwayFrame,
  pingFrame,
  rstStreamFrame,
  synReplyFrame,
} from "../../../../src/drivers/streaming/spdy/frames.ts";
import { control, data, words } from "../../../support/spdy-client.ts";
import { cases } from "../../../support/long.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Frames of bytes that came in pieces; data that came in pieces as one again. */
const framesOf = (...pieces: readonly Buffer[]): readonly unknown[] => {
  const reader = new FrameReader();
  const frames: unknown[] = [];
  let piecesOfData: Buffer[] = [];
  const take = (frame: Frame): void => {
    if (frame.kind !== "data")
      return void frames.push("block" in frame ? { ...frame, block: String(frame.block) } : frame);
    piecesOfData.push(frame.bytes);
    if (!frame.fin) return;
    frames.push({ ...frame, bytes: String(Buffer.concat(piecesOfData)) });
    piecesOfData = [];
  };
  for (const piece of pieces) {
    reader.feed(piece);
    for (let frame = reader.next(); frame; frame = reader.next()) take(frame);
  }
  return frames;
};

describe("a SPDY frame", () => {
  it("is written as the peers read it", () => {
    assert.deepEqual(dataHeader(5, 0x123456, false), hex("00000005 00 123456"));
    assert.deepEqual(dataHeader(5, 0, true), hex("00000005 01 000000"));
    assert.deepEqual(synReplyFrame(1, Buffer.from("x")), hex("8003 0002 00 000005 00000001 78"));
    assert.deepEqual(rstStreamFrame(7, 5), hex("8003 0003 00 000008 00000007 00000005"));
    assert.deepEqual(pingFrame(3), hex("8003 0006 00 000004 00000003"));
    assert.deepEqual(goAwayFrame(7, 0), hex("8003 0007 00 000008 00000007 00000000"));
  });

  const session: readonly (readonly [Buffer, unknown])[] = [
    [
      hex("8003 0001 01 00000c 00000001 00000000 0000 6869"),
      { kind: "synStream", streamId: 1, block: "hi", fin: true },
    ],
    [hex("8003 0002 00 000006 00000003 6869"), { kind: "headers", streamId: 3, block: "hi", fin: false }],
    [hex("8003 0008 01 000006 00000003 6869"), { kind: "headers", streamId: 3, block: "hi", fin: true }],
    [hex("8003 0003 00 000008 00000001 00000005"), { kind: "rstStream", streamId: 1, status: 5 }],
    [hex("8003 0004 00 00000c 00000001 00000004 7fffffff"), { kind: "ignored" }],
    [hex("8003 0006 00 000004 00000001"), { kind: "ping", id: 1 }],
    [hex("8003 0009 00 000008 00000001 7fffffff"), { kind: "ignored" }],
    [hex("8003 00aa 00 000000"), { kind: "ignored" }],
    [data(1, "hello", true), { kind: "data", streamId: 1, bytes: "hello", fin: true }],
    [data(1, "", true), { kind: "data", streamId: 1, bytes: "", fin: true }],
    [hex("8003 0007 00 000008 00000007 00000000"), { kind: "goAway" }],
  ];
  const bytes = Buffer.concat(session.map(([frame]) => frame));
  const frames = session.map(([, frame]) => frame);

  it("is read, one behind the other", () => {
    assert.deepEqual(framesOf(bytes), frames);
  });

  it("is read when it was cut at any byte", () => {
    for (let cut = 0; cut <= bytes.length; cut++)
      assert.deepEqual(framesOf(bytes.subarray(0, cut), bytes.subarray(cut)), frames);
    assert.deepEqual(framesOf(...[...bytes].map((byte) => Buffer.from([byte]))), frames);
  });

  it("of data is handed on before all of it is there, and not copied", () => {
    const reader = new FrameReader();
    const chunk = data(9, Buffer.alloc(1 << 20), true).subarray(0, 100);
    reader.feed(chunk);
    const piece = reader.next();
    assert.ok(piece?.kind === "data" && !piece.fin);
    assert.equal(piece.bytes.length, 92);
    assert.equal(piece.bytes.buffer, chunk.buffer);
    assert.equal(reader.next(), undefined);
  });

  it("of control is refused when it is too long, too short or of another version", () => {
    const tooLong = control(1, 0, Buffer.alloc(0));
    tooLong.writeUIntBE(MOST_CONTROL_BYTES + 1, 5, 3);
    assert.throws(() => framesOf(tooLong), Invalid);
    for (const type of [1, 2, 3, 6, 7, 8]) assert.throws(() => framesOf(control(type, 0, Buffer.alloc(3))), Invalid);
    assert.throws(() => framesOf(hex("8002 0006 00 000004 00000001")), Invalid);
  });

  it("of any bytes is read or refused, in no other way", () => {
    const anyFrame = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((random) => Buffer.from(random)),
      fc
        .tuple(fc.nat(12), fc.nat(255), fc.uint8Array({ maxLength: 30 }))
        .map(([type, flags, payload]) => control(type, flags, Buffer.from(payload))),
      fc.tuple(fc.nat(9), fc.string({ maxLength: 20 }), fc.boolean()).map(([id, text, fin]) => data(id, text, fin)),
      fc.nat(0xffff).map((word) => words(word)),
    );
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.nat(300), (parts, cut) => {
        const all = Buffer.concat(parts);
        const outcome = (...pieces: readonly Buffer[]): unknown => {
          try {
            return framesOf(...pieces);
          } catch (error) {
            assert.ok(error instanceof Invalid, String(error));
            return error.message;
          }
        };
        assert.deepEqual(outcome(all.subarray(0, cut), all.subarray(cut)), outcome(all));
      }),
      { numRuns: cases(500, 20_000) },
    );
  });
});
