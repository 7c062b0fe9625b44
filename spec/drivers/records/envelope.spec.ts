import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seal, unseal, type Format } from "../../../src/drivers/records/envelope.ts";

const first: Format = { program: "0.1.0", steps: [] };
const second: Format = { program: "0.2.0", steps: [({ name, ...rest }) => ({ ...rest, names: [name] })] };
const third: Format = { program: "0.3.0", steps: [...second.steps, (content) => ({ ...content, third: true })] };

describe("the envelope of a record", () => {
  it("holds what was put into it, and blanks behind it are not part of it", () => {
    const sealed = seal({ names: ["ü", null] }, second);
    for (const text of [sealed, `${sealed}     `])
      assert.deepEqual(unseal(Buffer.from(text), second)["names"], ["ü", null], text);
  });

  it("of each earlier version is read as this version has it", () => {
    const old = Buffer.from('{"version":1,"name":"a"}');
    assert.deepEqual(unseal(old, second)["names"], ["a"]);
    const read = unseal(old, third);
    assert.deepEqual([read["names"], read["third"]], [["a"], true]);
    const between = unseal(Buffer.from(seal({ names: ["b"] }, second)), third);
    assert.deepEqual([between["names"], between["third"]], [["b"], true]);
  });

  it("of a later version is refused with the Troupe that wrote it and what to do", () => {
    const newer = seal({ names: ["a"] }, third);
    assert.throws(() => unseal(Buffer.from(newer), second), {
      message:
        "it was written by Troupe 0.3.0 in version 3, and this one, 0.2.0, knows versions up to 2: use Troupe 0.3.0 " +
        "again, or one after it",
    });
    assert.throws(() => unseal(Buffer.from('{"version":9,"who":"knows"}'), second), {
      message: /^it was written by a newer Troupe in version 9, .* use a newer Troupe again/,
    });
  });

  it("is refused where it says no version, or one that never was", () => {
    assert.throws(() => unseal(Buffer.from("null"), first), /does not say of which version/);
    assert.throws(() => unseal(Buffer.from("[1]"), first), /does not say of which version/);
    for (const version of [0, -1, 0.5])
      assert.throws(() => unseal(Buffer.from(JSON.stringify({ version })), first), { message: /there is no version/ });
  });

  it("with its sum taken away is damaged, whatever version it says", () => {
    const sealed = seal({ names: ["a"] }, second);
    const bare = sealed.replace(/,"sum":"\w+"/, "");
    assert.throws(() => unseal(Buffer.from(bare), second), /it is damaged/);
    assert.throws(() => unseal(Buffer.from(sealed.replace('"version":2', '"version":1')), second), /it is damaged/);
  });

  it("is refused whichever bit of it is another one, and wherever it is cut", () => {
    const whole = Buffer.from(seal({ names: ["grün"], config: { bytes: 7, sum: "00112233" } }, second));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => unseal(flipped, second), `bit ${bit}`);
    }
    for (const length of whole.keys())
      assert.throws(() => unseal(whole.subarray(0, length), second), `${length} bytes`);
  });
});
