import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { frame, LONGEST_PART_BYTES, roomFor } from "../../../src/drivers/logs/cri-format.ts";
import { Scene } from "./support/scene.ts";

const stamp = "2026-11-21T10:00:00.123456789Z";

/** What readers of the format make of records: `P` goes on, `F` ends a line. */
const joined = (records: Buffer): Buffer => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < records.length;) {
    const end = records.indexOf(0x0a, at);
    assert.match(records.toString("latin1", at, at + 40), /^2026-11-21T10:00:00\.123456789Z stdout [FP] $/);
    const isFull = records[at + 38] === 0x46;
    assert(end - at - 40 <= LONGEST_PART_BYTES);
    pieces.push(records.subarray(at + 40, end), Buffer.from(isFull ? "\n" : ""));
    at = end + 1;
  }
  return Buffer.concat(pieces);
};

describe("what a container writes, whatever that is", () => {
  it("is what its records give when they are joined, in whatever cuts it came", () => {
    // Newlines and parts' lengths are what framing turns on: so they are likely here.
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
      {
        weight: 2,
        arbitrary: fc.constantFrom("\n", "\r\n", "\0", "\n\n", "\xff\xfe\n").map((text) => Buffer.from(text, "latin1")),
      },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: LONGEST_PART_BYTES - 2, max: LONGEST_PART_BYTES + 2 })
          .map((length) => Buffer.alloc(length, "x")),
      },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (cuts) => {
        const records = cuts.map((cut) => {
          const out = Buffer.alloc(roomFor(cut.length));
          return out.subarray(0, frame(cut, cut.length, "stdout", stamp, out));
        });
        assert.deepEqual(joined(Buffer.concat(records)), Buffer.concat(cuts));
      }),
      { numRuns: 500 },
    );
  });

  describe("through the log thread", () => {
    let scene: Scene;
    beforeEach(() => (scene = new Scene()));
    afterEach(() => scene.close());

    it("is in the log byte for byte: carriage returns, NUL, invalid UTF-8, empty lines, no newline at the end", async () => {
      const one = scene.container("one");
      scene.logs.open(one.source);
      const said = Buffer.from("a\r\n\0b\n\n\xff\xc3(\n\n\ttail", "latin1");
      one.say(said);
      await scene.logs.drain("one", 5000);
      const stamped = readFileSync(one.source.path, "latin1");
      assert.equal(
        stamped.replaceAll(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /gm, ""),
        "stdout F a\r\nstdout F \0b\nstdout F \nstdout F \xff\xc3(\nstdout F \nstdout P \ttail\n",
      );
      one.end();
    });

    it("written byte by byte is there once and in order", async () => {
      const one = scene.container("one");
      scene.logs.open(one.source);
      const said = Array.from({ length: 2000 }, (_, at) => `${at}\n`).join("");
      for (const byte of said) one.say(byte);
      await scene.logs.drain("one", 5000);
      assert.equal(one.output(), said);
      one.end();
    });

    it("a line of 10 MiB is cut into parts, and is one line when they are joined", async () => {
      const one = scene.container("one");
      scene.logs.open(one.source);
      const piece = Buffer.from(Array.from({ length: 1024 }, (_, at) => `${String(at).padStart(7, "0")},`).join(""));
      for (let count = 0; count < 1280; count++) {
        one.say(piece);
        if (count % 4 === 3) await scene.logs.drain("one", 5000);
      }
      one.say("\nnext\n");
      await scene.logs.drain("one", 5000);
      assert.equal(one.output(), `${piece.toString().repeat(1280)}\nnext\n`);
      const records = one.records();
      assert(records.slice(0, -2).every((record) => record[7] === "P" && record.length - 9 <= LONGEST_PART_BYTES));
      one.end();
    });
  });
});
