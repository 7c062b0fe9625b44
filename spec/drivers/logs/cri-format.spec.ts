import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  frame,
  LONGEST_PART_BYTES,
  rawBytesOf,
  roomFor,
  timestamp,
  wholeRecords,
} from "../../../src/drivers/logs/cri-format.ts";

const stamp = "2026-11-21T10:00:00.123456789Z";
const framed = (raw: Buffer | string, stream: "stdout" | "stderr" = "stdout"): Buffer => {
  const bytes = Buffer.from(raw);
  const out = Buffer.alloc(roomFor(bytes.length));
  return out.subarray(0, frame(bytes, bytes.length, stream, stamp, out));
};

describe("the CRI log format", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["a line", "hello\n", ["F hello"]],
    ["several lines", "a\nb\nc\n", ["F a", "F b", "F c"]],
    ["an empty line", "\n", ["F "]],
    ["empty lines among others", "\n\na\n\n", ["F ", "F ", "F a", "F "]],
    ["a tail without newline", "a\ntail", ["F a", "P tail"]],
    ["only a tail", "tail", ["P tail"]],
    ["nothing", "", []],
    ["a carriage return", "a\r\n", ["F a\r"]],
  ];
  for (const [name, raw, records] of cases)
    it(`frames ${name}`, () => {
      const expected = records.map((record) => `${stamp} stdout ${record}\n`).join("");
      assert.equal(framed(raw).toString(), expected);
    });

  it("sees nothing of what an earlier chunk left behind the bytes", () => {
    const raw = Buffer.from("tail\nstale\n");
    const out = Buffer.alloc(roomFor(raw.length));
    const length = frame(raw, 4, "stdout", stamp, out);
    assert.equal(out.toString("utf8", 0, length), `${stamp} stdout P tail\n`);
  });

  it("names the stream", () => {
    assert.equal(framed("x\n", "stderr").toString(), `${stamp} stderr F x\n`);
  });

  it("leaves bytes as they are", () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0a]);
    assert.deepEqual(framed(bytes).subarray(40), bytes);
  });

  it("takes no other byte for a newline, wherever it stands", () => {
    for (let byte = 0; byte < 256; byte++)
      for (let before = 0; before < 8; before++) {
        const line = Buffer.alloc(before + 1, byte === 0x0a ? "a" : byte);
        const raw = Buffer.concat([line, Buffer.from("\n"), line, Buffer.from("\n"), line]);
        const stamped = Buffer.from(`${stamp} stdout `);
        const record = (tag: string) => [stamped, Buffer.from(`${tag} `), line, Buffer.from("\n")];
        assert.deepEqual(framed(raw), Buffer.concat([...record("F"), ...record("F"), ...record("P")]));
      }
  });

  it("splits a long line into parts, and ends it in its last", () => {
    const records = framed(`${"x".repeat(LONGEST_PART_BYTES + 5)}\n`)
      .toString()
      .split("\n");
    assert.deepEqual(
      records.slice(0, 2).map((record) => [record.slice(38, 39), record.length - 40]),
      [
        ["P", LONGEST_PART_BYTES],
        ["F", 5],
      ],
    );
  });

  it("ends a line of exactly a part's length without an empty part", () => {
    assert.equal(
      framed(`${"x".repeat(LONGEST_PART_BYTES)}\n`)
        .toString()
        .split("\n").length,
      2,
    );
  });

  it("can be counted back: whole records, and the bytes they stand for", () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "\n", "é"), maxLength: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(lines, fc.nat(), (parts, seed) => {
        const raw = Buffer.from(parts.join(""));
        const out = framed(raw);
        assert.equal(rawBytesOf(out, out.length), raw.length);
        const cut = out.length === 0 ? 0 : seed % out.length;
        const whole = wholeRecords(out, cut);
        assert(whole <= cut && (whole === 0 || out[whole - 1] === 0x0a));
        // What the whole records stand for, and the rest framed again, are the same records.
        const rest = framed(raw.subarray(rawBytesOf(out, whole)));
        assert.deepEqual(Buffer.concat([out.subarray(0, whole), rest]), out);
      }),
    );
  });

  it("has room for the worst", () => {
    assert(framed("\n".repeat(1000)).length <= roomFor(1000));
  });

  it("writes time to the nanosecond, always as long", () => {
    assert.equal(timestamp({ seconds: 1795255200, nanoseconds: 123456789 }), stamp);
    assert.equal(timestamp({ seconds: 0, nanoseconds: 7 }), "1970-01-01T00:00:00.000000007Z");
  });
});
