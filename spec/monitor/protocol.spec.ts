import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Decoder, encode, LONGEST_FRAME_BYTES } from "../../src/monitor/framing.ts";
import { agree, disagreement, type FromDaemon } from "../../src/monitor/protocol.ts";

const range = (oldest: number, newest = oldest) => ({ oldest, newest });
const hello: FromDaemon = { type: "hello", speaks: range(1), program: "größer" };
const ask = (seq: number): FromDaemon => ({ type: "ask", seq, request: { verb: "look", id: "x".repeat(seq) } });

describe("versions of the monitor's protocol", () => {
  const cases = [
    { ours: range(1), theirs: range(1), agreed: 1 },
    { ours: range(1, 2), theirs: range(2, 3), agreed: 2 },
    { ours: range(2, 3), theirs: range(1, 2), agreed: 2 },
    { ours: range(2, 3), theirs: range(2, 3), agreed: 3 },
    { ours: range(1), theirs: range(2, 3), agreed: undefined },
    { ours: range(3, 4), theirs: range(1, 2), agreed: undefined },
  ];
  for (const { ours, theirs, agreed } of cases)
    it(`${JSON.stringify(ours)} and ${JSON.stringify(theirs)} speak ${agreed ?? "no common version"}`, () => {
      assert.equal(agree(ours, theirs), agreed);
      assert.equal(agree(theirs, ours), agreed);
    });

  it("that do not meet are both named, with the side to replace", () => {
    assert.equal(
      disagreement(range(1, 2), range(4, 5)),
      "the monitor speaks protocol 1 to 2, this daemon 4 to 5; replace the monitor by a version in between first",
    );
    assert.match(disagreement(range(4), range(1, 2)), /speaks protocol 4, this daemon 1 to 2; replace the daemon/);
  });
});

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    const messages = [hello, ...Array.from({ length: 20 }, (_, seq) => ask(seq * 37))];
    const stream = Buffer.concat(messages.map(encode));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const decoder = new Decoder<FromDaemon>();
        const decoded: FromDaemon[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + (sizes[turn % sizes.length] ?? 1);
          decoded.push(...decoder.push(stream.subarray(at, end)));
          at = end;
        }
        assert.deepEqual(decoded, messages);
      }),
      { numRuns: 50 },
    );
  });

  it("longer than the bound are neither sent nor taken", () => {
    assert.throws(() => encode({ ...hello, program: "x".repeat(LONGEST_FRAME_BYTES) }), /is longer than the 16777216/);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(LONGEST_FRAME_BYTES + 1);
    assert.throws(() => new Decoder().push(header), { code: "Failed", message: /a message of 16777217 bytes/ });
  });

  it("that hold no message of ours are refused", () => {
    const frame = (body: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, body.length]), Buffer.from(body)]);
    assert.throws(() => new Decoder().push(frame("{}")), { code: "Failed", message: /has no type/ });
    assert.throws(() => new Decoder().push(frame("nope")), SyntaxError);
  });
});
