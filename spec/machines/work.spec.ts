import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  begin,
  beginNext,
  end,
  endAll,
  join,
  numberFor,
  outcome,
  remembering,
  taking,
  type Works,
} from "../../src/machines/work.ts";

type Verb = "create" | "stop" | "remove";
const resting: Works<Verb> = end(taking<Verb>("create", undefined, 0), null);
const failure = { code: "Failed", text: "no" } as const;

describe("work numbers", () => {
  it("are counted up, one for each verb that is taken", () => {
    const stopping = begin(resting, "stop", 5);
    assert.deepEqual(stopping.work, { n: 2, verb: "stop", since: 5 });
    assert.equal(begin(end(stopping, null), "remove", 6).work?.n, 3);
  });

  it("are shared by equal verbs, and by a stop with the removal that does its job", () => {
    const removing = begin(resting, "remove", 5);
    assert.equal(join(removing, "stop", 6), removing);
    assert.equal(numberFor(removing, "stop"), 2);
    assert.equal(numberFor(begin(resting, "stop", 5), "remove"), undefined);
  });

  it("of a verb that has to wait are given at once, and kept when it begins", () => {
    const waiting = join(begin(resting, "stop", 5), "remove", 6);
    assert.equal(numberFor(waiting, "remove"), 3);
    assert.deepEqual(beginNext(end(waiting, null)).work, { n: 3, verb: "remove", since: 6 });
  });

  it("of a stop that waits are taken over by a removal", () => {
    const starting = taking<Verb>("create", undefined, 0);
    const waiting = join(join(starting, "stop", 1), "remove", 2);
    assert.deepEqual(waiting.next, { n: 2, verb: "remove", since: 1 });
  });

  it("tell how they ended, also to whoever asks late", () => {
    const ended = end(begin(resting, "stop", 1), failure);
    assert.deepEqual(outcome(ended, 2), { n: 2, failure });
    assert.deepEqual(outcome(ended, 1), { n: 1, failure: null });
    assert.equal(outcome(ended, 3), undefined);
    assert.equal(outcome(begin(ended, "stop", 2), 3), undefined);
  });

  it("that are older than what is remembered count as well ended", () => {
    let works = resting;
    for (let i = 0; i < 10; i++) works = end(begin(works, "stop", i), null);
    assert.deepEqual(outcome(works, 1), { n: 1, failure: null });
  });

  it("all end when the actor does: what waited for its end has it", () => {
    const waiting = join(taking<Verb>("create", undefined, 0), "remove", 1);
    const { ended } = endAll(waiting, failure);
    assert.deepEqual(ended, [
      { n: 1, failure },
      { n: 2, failure: null },
    ]);
  });

  it("go on counting in an actor that is started anew", () => {
    const stopping = begin(resting, "stop", 5);
    assert.deepEqual(remembering(stopping, false), { n: 2, verb: "stop" });
    assert.deepEqual(remembering(stopping, true), { n: 2, verb: null });
    assert.equal(taking<Verb>("create", { n: 2, verb: "stop" }, 9).work?.n, 2);
    assert.equal(begin(taking<Verb>("create", { n: 2, verb: null }, 9), "remove", 9).work?.n, 3);
  });

  it("of a removal stay open over the commit of the stop that is its half", () => {
    assert.deepEqual(remembering(begin(resting, "remove", 5), true), { n: 2, verb: "remove" });
  });
});
