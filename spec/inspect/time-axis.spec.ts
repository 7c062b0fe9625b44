/** Time as a width: hours in which nothing happens take little of it, and order is never lost. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { timeAxis } from "../../src/inspect/time-axis.ts";

it("a burst, a quiet hour and another burst have the bursts at most of the width", () => {
  const hour = 3_600_000;
  const { place, gaps } = timeAxis([0, 100, 200, hour, hour + 100], hour + 200);
  assert.equal(gaps.length, 1);
  assert.deepEqual([gaps[0]?.from, gaps[0]?.to], [200, hour]);
  assert.ok(place(200) > 0.4, `${place(200)}`);
  assert.ok(place(hour) - place(200) < 0.1);
  assert.equal(place(hour + 200), 1);
});

it("what is later is never further left, and all of it lies between 0 and 1", () => {
  const moments = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(moments, fc.integer({ min: 0, max: 10_000_000 }), (at, now) => {
      const axis = timeAxis(at, now);
      const places = [...at, now].toSorted((one, other) => one - other).map(axis.place);
      for (const [n, place] of places.entries()) {
        assert.ok(place >= 0 && place <= 1 + 1e-9, String(place));
        assert.ok(n === 0 || place >= places[n - 1]!);
      }
      assert.ok(axis.ticks.length <= 20);
    }),
  );
});
