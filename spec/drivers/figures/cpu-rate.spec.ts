import assert from "node:assert/strict";
import { it } from "node:test";
import { CpuRate } from "../../../src/drivers/figures/cpu-rate.ts";

it("a rate comes with the second reading that is at least a second after the first, and is of the time between", () => {
  const rate = new CpuRate();
  assert.equal(rate.of(1000, 5e9), undefined);
  assert.equal(rate.of(1400, 5.1e9), undefined, "too near to mean anything");
  assert.equal(rate.of(3000, 6e9), 500_000_000);
  assert.equal(rate.of(3500, 9e9), 500_000_000, "who asks soon again hears the same");
  assert.equal(rate.of(13_000, 26e9), 2_000_000_000);
});

it("a counter that begins anew is no negative rate", () => {
  const rate = new CpuRate();
  rate.of(1000, 5e9);
  assert.equal(rate.of(3000, 1e9), 0);
});
