import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  base64Coding,
  binaryCoding,
  strictBinaryCoding,
  type Coding,
} from "../../../src/drivers/streaming/websocket/coding.ts";
import { cases } from "../../support/long.ts";

const codings: readonly (readonly [string, Coding])[] = [
  ["bytes", strictBinaryCoding],
  ["bytes before v5", binaryCoding],
  ["base64", base64Coding],
];

describe("a channel's messages", () => {
  for (const [name, coding] of codings) {
    it(`of ${name} are read as they were written, in messages of at most 32 KiB and a channel`, () => {
      fc.assert(
        fc.property(fc.nat(200), fc.nat(100_000), (channel, length) => {
          const data = Buffer.alloc(length, channel + 1);
          const parts = coding.encode(channel, data).map((message) => {
            assert.ok(message.length <= (32 << 10) + 1);
            const read = coding.decode(Buffer.from(message as string, "latin1"), typeof message !== "string");
            assert.ok(read && read !== "ignored");
            assert.equal(read.channel, channel);
            return read.data;
          });
          assert.deepEqual(Buffer.concat(parts), data);
        }),
        { numRuns: cases(50, 2000) },
      );
    });

    it(`of ${name} may be anything, and are read or refused`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 50 }), fc.boolean(), (bytes, isBinary) => {
          const read = coding.decode(Buffer.from(bytes), isBinary);
          assert.ok(read === undefined || read === "ignored" || read.data.length < bytes.length);
        }),
        { numRuns: cases(500, 20_000) },
      );
    });
  }

  it("of text are taken for bytes before v5 only", () => {
    assert.equal(strictBinaryCoding.decode(Buffer.from("\0x"), false), undefined);
    assert.deepEqual(binaryCoding.decode(Buffer.from("\0x"), false), { channel: 0, data: Buffer.from("x") });
  });

  it("of no data are one empty message, which tells that the connection is there", () => {
    assert.deepEqual(strictBinaryCoding.encode(1, Buffer.alloc(0)), [Buffer.from([1])]);
    assert.deepEqual(base64Coding.encode(1, Buffer.alloc(0)), ["1"]);
  });
});
