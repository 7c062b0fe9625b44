/** Which process the kernel kills first. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { withOomScore } from "../../../src/drivers/linux/oom-score.ts";

const own = (): number => Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
const ofChild = (): number => Number(spawnSync("cat", ["/proc/self/oom_score_adj"]).stdout.toString());

describe("the score of what is begun", () => {
  it("is there from its first moment, and ours is again what it was", () => {
    const before = own();
    assert.equal(withOomScore(before + 21, ofChild), before + 21);
    assert.equal(own(), before);
    assert.equal(withOomScore(undefined, ofChild), before);
  });

  it("is ours again also where nothing could be begun", () => {
    const before = own();
    const fail = (): never => {
      assert.equal(own(), before + 21);
      throw new Error("no such program");
    };
    assert.throws(() => withOomScore(before + 21, fail), /no such program/);
    assert.equal(own(), before);
  });
});
