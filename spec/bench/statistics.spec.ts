import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, numbersFrom, quantile, ratioOfPairs, shuffled } from "../../bench/support/statistics.ts";

describe("a quantile", () => {
  it("of one value is that value", () => {
    assert.equal(quantile([7], 0.95), 7);
  });

  it("is interpolated between its neighbours, in whatever order they come", () => {
    assert.equal(quantile([40, 10, 30, 20], 0.5), 25);
    assert.equal(quantile([10, 20, 30], 0.25), 15);
  });

  it("of nothing is no number", () => {
    assert.ok(Number.isNaN(median([])));
  });

  it("leaves what it was given as it was", () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });
});

describe("the ratio of pairs", () => {
  it("is exact, with no spread, where every pair says the same", () => {
    assert.deepEqual(ratioOfPairs([1, 2, 3], [2, 4, 6]), { ratio: 0.5, spread: [0.5, 0.5] });
  });

  it("compares neighbours: a machine that grew slow meanwhile changes nothing", () => {
    const ours = [10, 11, 100, 110];
    assert.equal(
      ratioOfPairs(
        ours,
        ours.map((value) => value * 4),
      ).ratio,
      0.25,
    );
  });

  it("is not moved by one pair that something else disturbed", () => {
    const theirs = Array.from({ length: 20 }, () => 100);
    const ours = theirs.map((_, pair) => (pair === 7 ? 5000 : 40));
    const { ratio, spread } = ratioOfPairs(ours, theirs);
    assert.equal(ratio, 0.4);
    assert.deepEqual(spread, [0.4, 0.4]);
  });

  it("has a spread that holds it, wider where the pairs agree less", () => {
    const theirs = Array.from({ length: 20 }, () => 100);
    const width = (scatter: number): number => {
      const ours = theirs.map((_, pair) => 50 + (pair - 9.5) * scatter);
      const { ratio, spread } = ratioOfPairs(ours, theirs);
      assert.ok(spread[0] <= ratio && ratio <= spread[1]);
      return spread[1] - spread[0];
    };
    assert.ok(width(2) > width(0.5));
  });

  it("is the same whenever it is asked", () => {
    const [ours, theirs] = [
      [1, 5, 2, 8, 3],
      [4, 4, 4, 4, 4],
    ];
    assert.deepEqual(ratioOfPairs(ours, theirs), ratioOfPairs(ours, theirs));
  });

  it("leaves out what has no partner", () => {
    assert.equal(ratioOfPairs([1, 1, 1000], [2, 2]).ratio, 0.5);
  });
});

describe("an order drawn from a seed", () => {
  it("holds each thing once, and is the same for the same seed", () => {
    const things = ["a", "b", "c", "d", "e"];
    const once = shuffled(things, numbersFrom(3));
    assert.deepEqual(once.toSorted(), things);
    assert.deepEqual(once, shuffled(things, numbersFrom(3)));
  });

  it("puts each thing into each place in the long run", () => {
    const next = numbersFrom(1);
    const firsts = new Set(Array.from({ length: 100 }, () => shuffled(["a", "b", "c"], next)[0]));
    assert.equal(firsts.size, 3);
  });
});
