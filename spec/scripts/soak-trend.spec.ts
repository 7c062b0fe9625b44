import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, trendOf, type Sample } from "../../scripts/soak/trend.ts";
import { numbersFrom } from "../support/seeded.ts";

const LIMIT = 0.01;

/** Half an hour of looks around a line from 100 on, which grows by so much an hour; noise: up and down by so much. */
const looks = (anHour: number, noise: number, count = 30): readonly Sample[] => {
  const random = numbersFrom(7);
  return Array.from({ length: count }, (_, n) => {
    const hours = n / 60;
    return { hours, value: 100 + anHour * hours + noise * (random(2001) / 1000 - 1) };
  });
};

describe("the trend of a soak", () => {
  it("is the slope of the samples, as a share of their mean an hour", () => {
    const { slope, error } = trendOf(looks(10, 0, 3));
    assert.ok(Math.abs(slope - 10 / (100 + 10 / 60)) < 1e-9);
    assert.ok(error < 1e-9);
  });

  it("is flat where the whole interval is within the limit", () => {
    assert.equal(judge(trendOf(looks(0, 0.1)), LIMIT), "flat");
  });

  it("grows where none of the interval is", () => {
    assert.equal(judge(trendOf(looks(5, 0.1)), LIMIT), "grows");
  });

  it("is open where samples are too few, or stray too far, to tell", () => {
    assert.equal(judge(trendOf(looks(0, 0, 2)), LIMIT), "open");
    assert.equal(judge(trendOf(looks(0, 5)), LIMIT), "open");
  });

  it("of what never changes is flat", () => {
    assert.equal(judge(trendOf(looks(0, 0)), LIMIT), "flat");
  });
});
