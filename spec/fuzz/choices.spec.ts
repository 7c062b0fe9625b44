/** The source of all choices: the same seed draws the same, and what was drawn can be read again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Choices } from "../../src/fuzz/choices.ts";

const drawn = (choices: Choices): number[] => {
  const numbers: number[] = [];
  for (let step = 0; step < 5; step++) {
    choices.begin();
    for (let n = 1; n < 8; n++) numbers.push(choices.below(n * 3));
  }
  return numbers;
};

describe("choices", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepEqual(drawn(new Choices({ seed: 7 })), drawn(new Choices({ seed: 7 })));
    assert.notDeepEqual(drawn(new Choices({ seed: 7 })), drawn(new Choices({ seed: 8 })));
  });

  it("come from a tape as they were recorded", () => {
    const first = new Choices({ seed: 7 });
    const numbers = drawn(first);
    assert.deepEqual(drawn(new Choices({ tape: first.tape })), numbers);
  });

  it("are as plain as can be where a tape says nothing", () => {
    const choices = new Choices({ tape: [[5]] });
    assert.equal(choices.begin(), true);
    assert.deepEqual([choices.below(9), choices.below(9), choices.chance(500)], [5, 0, false]);
    assert.equal(choices.begin(), false);
    assert.deepEqual([choices.below(9), choices.pick(["a", "b"]), choices.weighted([1, 9])], [0, "a", 0]);
  });
});
