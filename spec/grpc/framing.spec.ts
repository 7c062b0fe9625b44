import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Exhausted, Invalid, Unimplemented } from "../../src/errors.ts";
import { escaped, Incoming, prefixOf, timeoutMs } from "../../src/grpc/framing.ts";

const framed = (text: string): Buffer => Buffer.concat([prefixOf(Buffer.from(text)), Buffer.from(text)]);
const taken = (pieces: readonly Buffer[], maxBytes = 100): string => {
  const incoming = new Incoming(maxBytes);
  for (const piece of pieces) incoming.add(piece);
  return Buffer.from(incoming.message()).toString();
};

describe("gRPC's framing", () => {
  it("puts a message together from pieces however they are cut", () => {
    const bytes = framed("sandbox");
    for (let at = 0; at <= bytes.length; at++)
      assert.equal(taken([bytes.subarray(0, at), bytes.subarray(at)]), "sandbox");
    assert.equal(taken([framed("")]), "");
  });

  it("refuses none, half a message, and two of them", () => {
    const whole = framed("sandbox");
    for (const pieces of [[], [whole.subarray(0, 3)], [whole.subarray(0, -1)], [whole, whole]])
      assert.throws(() => taken(pieces), Invalid);
  });

  it("refuses one that is compressed, and one that is too large before it is all there", () => {
    const compressed = framed("x");
    compressed[0] = 1;
    assert.throws(() => taken([compressed]), Unimplemented);
    assert.equal(taken([framed("x".repeat(100))]).length, 100);
    assert.throws(() => new Incoming(100).add(Buffer.alloc(106)), Exhausted);
  });

  it("reads timeouts in each unit, and takes what is none for none", () => {
    const read = ["2H", "2M", "2S", "2m", "2000u", "2000000n"].map(timeoutMs);
    assert.deepEqual(read, [7_200_000, 120_000, 2000, 2, 2, 2]);
    for (const header of [undefined, "", "S", "2", "2s", "-2S", "123456789S", ["2S"]])
      assert.equal(timeoutMs(header), undefined);
  });

  it("escapes what a header cannot have, by which every text comes back", () => {
    assert.equal(escaped("image busybox: not found"), "image busybox: not found");
    for (const text of ["100 %", "naïve 😀😀", "two\nlines", "%41", "\u0000"]) {
      assert.match(escaped(text), /^[\x20-\x7e]*$/);
      assert.equal(decodeURIComponent(escaped(text)), text);
    }
  });
});
