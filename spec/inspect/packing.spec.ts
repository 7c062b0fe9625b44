/** Records come out of a page as they went in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packed, unpacked } from "../../src/inspect/packing.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { recorded } from "../support/recorded-schedules.ts";

const roundTrip = (records: readonly FlightRecord[]): void =>
  assert.equal(JSON.stringify(unpacked(packed(records))), JSON.stringify(records));

describe("records that are packed", () => {
  it("are the same when they are unpacked, to the order of their fields", async () => {
    for (const seed of [3, 7, 11]) roundTrip(await recorded(seed));
  });

  it("are the same whatever their texts say, and however their clocks jump", () => {
    const whole = fc.integer({ min: 0, max: 2 ** 40 });
    const id = fc.stringMatching(/^[0-9a-f]{64}$/);
    const record = fc.record({
      seq: whole,
      mono: whole.map((micros) => micros / 1_000),
      wall: whole,
      cause: fc.oneof(fc.constant(0), whole),
      kind: fc.constantFrom("said", "call", "rpc", "answer"),
      n: fc.nat(),
      text: fc.oneof(
        fc.string({ unit: "binary" }),
        id,
        fc.constant("\u00010"),
        id.map((one) => `${one}/${one} \u00011`),
      ),
    });
    fc.assert(fc.property(fc.array(record), (records) => roundTrip(records as unknown as FlightRecord[])));
  });
});
