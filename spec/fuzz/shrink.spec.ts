/** Shrinking: a tape becomes as small as it can, and goes on showing the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Tape } from "../../src/fuzz/choices.ts";
import { kindOfFinding, Shrinker } from "../../src/fuzz/shrink.ts";

const long: Tape = Array.from({ length: 64 }, (_, n) => [n, n + 1, n + 2]);

describe("a tape", () => {
  it("keeps only the steps and choices that matter", async () => {
    const needs = (tape: Tape): Promise<string | undefined> => {
      const [a, b] = [tape.findIndex(([n]) => n === 20), tape.findIndex((step) => (step[2] ?? 0) >= 50)];
      return Promise.resolve(a >= 0 && b > a ? "container 1234 is lost" : undefined);
    };
    const small = await new Shrinker(long, kindOfFinding("container 99 is lost"), needs, 1_000).shrink();
    // The first step draws what the schedule is like, and is never left out.
    assert.equal(small.length, 3);
    assert.deepEqual(small[1], [20, 0, 0]);
    assert.ok((small[2]?.[2] ?? 0) >= 50);
  });

  it("is not given up for one that shows something else", async () => {
    const other = (tape: Tape): Promise<string> => Promise.resolve(tape.length === 64 ? "this" : "that");
    const small = await new Shrinker(long, "this", other, 1_000).shrink();
    assert.equal(small.length, 64);
  });

  it("is tried no more often than was allowed", async () => {
    let runs = 0;
    const count = (): Promise<undefined> => {
      runs++;
      return Promise.resolve(undefined);
    };
    await new Shrinker(long, "this", count, 17).shrink();
    assert.equal(runs, 17);
  });
});

describe("the kind of a finding", () => {
  it("knows nothing of ids, numbers and lists", () => {
    const one = kindOfFinding("the deadline of container/0000000012 has grown by 40 ms");
    assert.equal(one, kindOfFinding("the deadline of container/0000000007 has grown by 5 ms"));
    assert.equal(kindOfFinding("left behind: oci 3, cgroup 3"), kindOfFinding("left behind: lease 1"));
    assert.notEqual(one, kindOfFinding("left behind: lease 1"));
  });
});
