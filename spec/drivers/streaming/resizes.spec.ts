import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Resizes } from "../../../src/drivers/streaming/resizes.ts";
import type { TerminalSize } from "../../../src/drivers/streaming/streaming.ts";

const heard = (...pieces: readonly (string | Buffer)[]): readonly TerminalSize[] => {
  const sizes: TerminalSize[] = [];
  const resizes = new Resizes();
  resizes.onResize((size) => sizes.push(size));
  for (const piece of pieces) resizes.received(Buffer.from(piece));
  return sizes;
};
const small = { width: 80, height: 24 };
const text = '{"Width":80,"Height":24}';

describe("a client's terminal sizes", () => {
  it("may come one after another, with and without newlines, and with other fields", () => {
    assert.deepEqual(heard(`${text}${text}\n${text}\r\n`), [small, small, small]);
    assert.deepEqual(heard('{"Height":24,"More":"x","Width":80}'), [small]);
  });

  it("are the same however they were cut", () => {
    const whole = Buffer.from(`${text}\n${text}\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const edges = [0, ...cuts.toSorted((one, other) => one - other), whole.length];
        const pieces = edges.slice(1).map((end, at) => whole.subarray(edges[at], end));
        assert.deepEqual(heard(...pieces), [small, small]);
      }),
    );
  });

  it("reach to 65535, and those of nothing are none", () => {
    const sizes = heard('{"Width":65535,"Height":65535}{"Width":0,"Height":0}{"Width":80,"Height":0}', text);
    assert.deepEqual(sizes, [{ width: 65535, height: 65535 }, small]);
  });

  for (const wrong of [
    '{"Width":65536,"Height":24}',
    '{"Width":-1,"Height":24}',
    '{"Width":1.5,"Height":24}',
    '{"Width":"80","Height":24}',
    '{"Width":80}',
    "[]}",
    "null}",
    "\xff}",
    `{"x":"${"x".repeat(2000)}`,
  ])
    it(`end at ${wrong.slice(0, 40)}`, () => {
      assert.deepEqual(heard(text, wrong, text), [small]);
    });
});
