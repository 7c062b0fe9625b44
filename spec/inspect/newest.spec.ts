/** How much of a recording is read: no more than tells where everybody is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Recorder } from "../../src/inspect/recorder.ts";
import { newestIn } from "../../src/inspect/newest.ts";

/** What a recorder writes, a segment for each time that it is told to turn. */
const recorded = () => {
  const segments: string[] = [""];
  let turns = false;
  const append = (lines: string): boolean => {
    segments[segments.length - 1] += lines;
    const turned = turns;
    if (turned) segments.push("");
    turns = false;
    return turned;
  };
  const recorder = new Recorder({
    ring: { append, health: { failures: 0 } },
    now: () => 1_000,
    wallMs: () => 5_000,
    cause: () => 0,
    nameOf: () => undefined,
    daemon: { version: "1.0.0", pid: 7, boot: "b", charts: "sum" },
    after: 0,
  });
  return {
    segments,
    recorder,
    turn: () => (turns = true),
    born(id: string) {
      const context = { id };
      const event = { type: "xstate.init" };
      recorder.took({ actor: `container/${id}`, parent: "pod/p", event, state: "running", context, unhandled: false });
      recorder.settled(`container/${id}`);
      recorder.flush();
    },
    say() {
      recorder.noteOutside({ kind: "said", level: "info", text: "a word" });
    },
  };
};

/** How many segments were asked for, the newest first. */
const readOf = (segments: readonly string[]) => {
  let read = 0;
  const texts = function* (): Generator<string> {
    for (const text of segments.toReversed()) {
      read++;
      yield text;
    }
  };
  const { picture } = newestIn(texts());
  return { read, actors: picture.actors.size, calls: picture.calls };
};

describe("of a recording is read", () => {
  it("the newest segment, where the daemon began in it or has said all anew", () => {
    const tape = recorded();
    for (let n = 0; n < 40; n++) tape.born(`c${n}`);
    assert.deepEqual([readOf(tape.segments).read, readOf(tape.segments).actors], [1, 40]);
    tape.turn();
    for (let n = 0; n < 5; n++) tape.say();
    assert.equal(tape.segments.length, 2);
    assert.deepEqual([readOf(tape.segments).read, readOf(tape.segments).actors], [1, 40]);
  });

  it("one more, where the newest has not come so far", () => {
    const tape = recorded();
    for (let n = 0; n < 40; n++) tape.born(`c${n}`);
    tape.turn();
    tape.say();
    assert.deepEqual([readOf(tape.segments).read, readOf(tape.segments).actors], [2, 40]);
    tape.say();
    assert.equal(readOf(tape.segments).read, 2, "forty take three writes");
    tape.say();
    assert.equal(readOf(tape.segments).read, 1);
  });

  it("and a call that began segments ago is in it, since when it began", () => {
    const tape = recorded();
    tape.born("c");
    tape.recorder.noteOutside({
      ...{
        kind: "call",
        n: 1,
        by: "container/c",
        driver: "runtime",
        verb: "start",
        id: "c",
        boundMs: null,
        begun: true,
      },
    });
    for (let n = 0; n < 3; n++) {
      tape.turn();
      tape.say();
      tape.say();
    }
    assert.equal(tape.segments.length, 4);
    const { read, calls } = readOf(tape.segments);
    assert.deepEqual([read, [...calls.values()].map(({ since }) => since)], [1, [1_000]]);
  });

  it("all of it, where lines are damaged that say where it begins", () => {
    const tape = recorded();
    tape.born("c");
    tape.turn();
    tape.say();
    const [first = "", second = ""] = tape.segments;
    assert.equal(readOf([first, second.slice(10)]).read, 2);
    assert.deepEqual([readOf([]).read, readOf([]).actors], [0, 0]);
  });
});
