import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fold as foldFirmly, type Transition } from "../../scripts/demo/story.ts";

const fold = (moves: readonly Transition[], stepMs = 100) => foldFirmly(moves, stepMs).replaceAll("\u00A0", " ");

const way = (...states: readonly [state: string, ms: number][]) =>
  states.slice(0, -1).map(([from, ms], at) => {
    const [to] = states[at + 1] ?? [""];
    return { actor: "container/web", machine: "container", from, to, ms };
  });

describe("the demo's line for a machine", () => {
  it("folds the states below one state, each with its time", () => {
    const moves = way(["creating.mounting", 3.1], ["creating.bundling", 0.4], ["creating.asking", 22], ["created", 0]);
    assert.equal(fold(moves), "creating: mounting 3 ms · bundling <1 ms · asking 22 ms → created");
  });

  it("leaves out how long the machine was in a state from before the step", () => {
    assert.equal(fold(way(["created", 4000], ["starting", 5], ["running", 0])), "created → starting 5 ms → running");
    assert.equal(
      fold(way(["running", 9000], ["stopping.asking", 5], ["stopped", 0])),
      "running → stopping: asking 5 ms → stopped",
    );
  });

  it("ends with the whole path of where it is now", () => {
    assert.equal(fold(way(["running", 9000], ["stopping.waiting", 5])), "running → stopping: waiting");
  });
});
