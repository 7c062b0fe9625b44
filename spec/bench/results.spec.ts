import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goalOf, judge } from "../../bench/support/goals.ts";
import { emptyOutcome, linesOf, ourName, record } from "../../bench/support/results.ts";
import { cases } from "../../bench/cases/index.ts";
import { caseNames, optionsIn } from "../../bench/support/options.ts";
import { wanting } from "../../bench/support/stage.ts";

describe("a goal", () => {
  it("is met when the upper end of the interval is within it, and open when only the median is", () => {
    const goal = { ratio: 0.5 };
    assert.equal(judge(goal, 1, { ratio: 0.4, spread: [0.3, 0.5] }), "met");
    assert.equal(judge(goal, 1, { ratio: 0.4, spread: [0.3, 0.6] }), "open");
    assert.equal(judge(goal, 1, { ratio: 0.6, spread: [0.4, 0.7] }), "missed");
  });

  it("may bound our own figure besides the ratio", () => {
    const found = { ratio: 0.1, spread: [0.1, 0.1] } as const;
    assert.equal(judge({ ratio: 0.5, ours: 5 }, 6, found), "missed");
    assert.equal(judge({ ratio: 0.5, ours: 5 }, 4, found), "met");
  });

  it("may be a bound of our own figure alone, or be met by a figure that will do whatever the ratio", () => {
    const found = { ratio: 3, spread: [2, 4] } as const;
    assert.equal(judge({ ours: 5 }, 5, found), "met");
    assert.equal(judge({ ours: 5 }, 6, found), "missed");
    assert.equal(judge({ ratio: 1, enough: 5 }, 5, found), "met");
    assert.equal(judge({ ratio: 1, enough: 5 }, 6, found), "missed");
    assert.equal(judge({ ratio: 1, enough: 5 }, 6, { ratio: 0.8, spread: [0.7, 0.9] }), "met");
  });

  it("is looked up by the case, all of its variants alike, and by the peer", () => {
    assert.equal(goalOf("pod-start/host-network", "containerd-runc")?.ratio, 0.5);
    assert.equal(goalOf("pod-start/pid-pod", "containerd-crun")?.ratio, 0.6);
    assert.equal(goalOf("node-memory", "containerd-crun")?.ratio, 0.7);
    assert.equal(goalOf("exit-storm", "containerd-runc"), undefined);
  });
});

describe("the results", () => {
  it("have a line for each case and peer, ours ÷ theirs", () => {
    const outcome = emptyOutcome();
    for (const [system, value] of [
      [ourName, 30],
      ["peer", 100],
      ["other", 60],
    ] as const)
      for (let round = 0; round < 3; round++) record(outcome, "pod-start/pid-container", "ms", system, value);
    const lines = linesOf(outcome).map(({ peer, ours, theirs, ratio, n }) => ({ peer, ours, theirs, ratio, n }));
    assert.deepEqual(lines, [
      { peer: "peer", ours: 30, theirs: 100, ratio: 0.3, n: 3 },
      { peer: "other", ours: 30, theirs: 60, ratio: 0.5, n: 3 },
    ]);
  });

  it("say nothing of a case that Troupe itself was not measured in", () => {
    const outcome = emptyOutcome();
    record(outcome, "stats", "ms", "peer", 1);
    assert.deepEqual(linesOf(outcome), []);
  });
});

describe("--only", () => {
  it("takes cases with all of their variants, or one variant, by commas", () => {
    const wants = wanting(optionsIn(["--only", "pod-start/pid-pod,stats"]).only);
    assert.ok(wants("pod-start"));
    assert.ok(wants("pod-start/pid-pod"));
    assert.ok(wants("stats"));
    assert.ok(!wants("pod-start/host-network"));
    assert.ok(!wants("status"));
  });

  it("knows every case there is", () => {
    assert.deepEqual(cases.flatMap(({ names }) => names).toSorted(), caseNames.toSorted());
  });

  it("is pod-start where only the phases are asked for", () => {
    assert.deepEqual(optionsIn(["--phases"]).only, ["pod-start"]);
  });

  it("refuses a case that there is not", () => {
    assert.throws(() => optionsIn(["--only", "pod-strat"]), /no case "pod-strat"/);
  });
});
