/** What the recorder writes of what it is told: everything once, in order, whole, and never at the daemon's cost. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLines } from "../../src/inspect/lines.ts";
import { Picture } from "../../src/inspect/picture.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { Recorder, type Taken } from "../../src/inspect/recorder.ts";

class MemoryRing {
  readonly writes: string[] = [];
  readonly health: { failures: number; trouble?: string } = { failures: 0 };
  /** The next write ends a segment. */
  turns = false;
  /** Writes fail. */
  broken = false;

  append(lines: string): boolean {
    if (this.broken) {
      this.health.failures++;
      this.health.trouble = "no space left on device";
      return false;
    }
    this.writes.push(lines);
    const turned = this.turns;
    this.turns = false;
    return turned;
  }
}

const setUp = (after = 0) => {
  const ring = new MemoryRing();
  const at = { mono: 1_000.0004, cause: 0 };
  const recorder = new Recorder({
    ring,
    now: () => at.mono,
    wallMs: () => 5_000,
    cause: () => at.cause,
    nameOf: (actor) => (actor === "container/c" ? { container: "app" } : undefined),
    daemon: { version: "1.0.0", pid: 7, boot: "b", charts: "sum" },
    after,
  });
  const take = (given: Partial<Taken>): void =>
    recorder.took({
      ...{ actor: "container/c", parent: "pod/p", event: { type: "xstate.init" }, state: "creating.intending" },
      ...{ context: { id: "c", tries: 0, trouble: null }, unhandled: false },
      ...given,
    });
  /** The event of an actor in one step. */
  const taken = (given: Partial<Taken>): void => {
    take(given);
    recorder.settled(given.actor ?? "container/c");
  };
  const dispatch = (cause: number, fn: () => void): void => {
    at.cause = cause;
    fn();
    at.cause = 0;
    recorder.flush();
  };
  const records = (): readonly FlightRecord[] => readLines(ring.writes.join("")).records;
  const last = (): FlightRecord => records().at(-1) as FlightRecord;
  return { ring, at, recorder, take, taken, dispatch, records, last };
};

describe("the flight recorder", () => {
  it("begins with whose recording it is, and numbers on from the one before", () => {
    const { records } = setUp(41);
    assert.deepEqual(
      records(),
      [
        { seq: 42, mono: 1_000, wall: 5_000, cause: 0, kind: "opened", format: 1 }, // the rest is the daemon's own
      ].map((first) => ({ ...first, version: "1.0.0", pid: 7, boot: "b", charts: "sum", begun: true })),
    );
  });

  it("writes once for each thing that entered, with its number as the cause", () => {
    const { ring, taken, dispatch, records } = setUp();
    dispatch(7, () => {
      taken({});
      taken({ event: { type: "xstate.done.actor.0.container.creating.intending" }, state: "creating.mounting" });
    });
    assert.equal(ring.writes.length, 2);
    assert.deepEqual(
      records()
        .slice(1)
        .map(({ kind, cause }) => [kind, cause]),
      [
        ["key", 7],
        ["step", 7],
      ],
    );
  });

  it("has an actor whole at its birth, with the name that people know it by", () => {
    const { taken, dispatch, last } = setUp();
    dispatch(1, () => taken({}));
    const { kind, actor, parent, name, born, incarnation, state, context } = last() as FlightRecord & { kind: "key" };
    assert.deepEqual([kind, actor, parent, name], ["key", "container/c", "pod/p", { container: "app" }]);
    assert.deepEqual([born, incarnation, state], [true, 1, "creating.intending"]);
    assert.deepEqual(context, { id: "c", tries: 0, trouble: null });
  });

  it("has of a step what has changed, by the last of the steps that XState makes of it", () => {
    const { take, taken, recorder, dispatch, last } = setUp();
    const context = { id: "c", tries: 0, trouble: null };
    dispatch(1, () => taken({ context }));
    dispatch(2, () => {
      take({ event: { type: "stop" }, state: "created", context: { ...context, tries: 1 } });
      take({
        event: { type: "stop" },
        state: "stopping.intending",
        context: { ...context, tries: 1, trouble: { text: "t" } },
      });
      recorder.settled("container/c");
    });
    const { event, state, set } = last() as FlightRecord & { kind: "step" };
    assert.deepEqual(
      [event, state, set],
      [{ type: "stop" }, "stopping.intending", { tries: 1, trouble: { text: "t" } }],
    );
    dispatch(3, () =>
      taken({
        event: { type: "exited" },
        state: "stopping.intending",
        context: { ...context, tries: 1, trouble: { text: "t" } },
      }),
    );
    assert.ok(last().kind === "step", "an event that changes nothing is there too");
  });

  it("says which guards said no, and which event nobody expected", () => {
    const { recorder, taken, dispatch, last } = setUp();
    dispatch(1, () => taken({}));
    recorder.refuse("container/c", "sooner"); // outside: somebody asked whether it could
    dispatch(2, () => {
      recorder.refuse("container/c", "exited");
      taken({ event: { type: "strange" }, unhandled: true });
    });
    const { refused, unhandled } = last() as FlightRecord & { kind: "step" };
    assert.deepEqual([refused, unhandled], [["exited"], true]);
  });

  it("counts how often an actor begins after a crash, and begins to count anew when it has ended", () => {
    const { recorder, taken, dispatch, last } = setUp();
    const incarnation = (): number => (last() as FlightRecord & { kind: "key" }).incarnation;
    dispatch(1, () => taken({}));
    dispatch(2, () => recorder.gone("container/c", "crashed", "a mistake"));
    dispatch(3, () => taken({}));
    assert.equal(incarnation(), 2);
    dispatch(4, () => recorder.gone("container/c", "ended"));
    dispatch(5, () => taken({}));
    assert.equal(incarnation(), 1);
  });

  it("writes what comes from outside at once", () => {
    const { ring, recorder } = setUp();
    recorder.noteOutside({ kind: "said", level: "info", text: "hello" });
    assert.match(ring.writes.at(-1) ?? "", /hello/);
  });

  it("has every living actor in a new segment, a few with each write", () => {
    const { ring, taken, dispatch, records } = setUp();
    const ids = Array.from({ length: 40 }, (_, n) => `container/${n}`);
    dispatch(1, () => ids.forEach((actor) => taken({ actor, context: { id: actor } })));
    ring.turns = true;
    dispatch(2, () => taken({ actor: "container/0", event: { type: "exited" }, context: { id: "container/0" } }));
    const segment = ring.writes.length;
    for (let n = 3; n < 8; n++) dispatch(n, () => taken({ actor: "container/1", event: { type: "exited" } }));
    const keys = readLines(ring.writes.slice(segment - 1).join("")).records.filter(({ kind }) => kind === "key");
    assert.deepEqual(new Set(keys.map((key) => (key as { actor: string }).actor)), new Set(ids));
    for (const write of ring.writes.slice(segment - 1))
      assert.ok(readLines(write).records.filter(({ kind }) => kind === "key").length <= 16);
    const picture = new Picture();
    for (const record of records()) picture.apply(record);
    assert.equal(picture.actors.size, 40);
    assert.equal(picture.gaps, 0);
  });

  it("says in a new segment who has crashed, what is under way, and who waits for it", () => {
    const { ring, at, recorder, taken, dispatch } = setUp();
    dispatch(1, () => {
      taken({});
      recorder.note({ kind: "rpc", n: 4, method: "CreateContainer" });
      recorder.note({ kind: "waits", n: 4, actor: "container/c", work: 1 });
      const call = { kind: "call", n: 9, by: "container/c", driver: "rootfs", verb: "mount", id: "c" } as const;
      recorder.note({ ...call, boundMs: 500, begun: false });
      recorder.note({ ...call, n: 10, boundMs: null, begun: true });
    });
    dispatch(2, () => {
      recorder.note({ kind: "made", n: 9 });
      recorder.note({ kind: "doing", n: 9, text: "layer 2 of 3" });
    });
    dispatch(3, () => {
      recorder.note({ kind: "ended", n: 10, ms: 1 });
      recorder.gone("container/c", "crashed", "a slip");
      recorder.gone("container/c", "quarantined", "a slip");
    });
    ring.turns = true;
    at.mono = 9_000;
    recorder.noteOutside({ kind: "said", level: "info", text: "the last of its segment" });
    const picture = new Picture();
    for (const record of readLines(ring.writes.slice(-1).join("")).records) picture.apply(record);
    const { state, crashed, quarantined } = picture.actors.get("container/c") ?? {};
    assert.deepEqual([state, crashed, quarantined], [null, "a slip", "a slip"]);
    const [call, ...others] = picture.calls.values();
    assert.deepEqual([call?.n, call?.begun, call?.since, call?.wall, others], [9, true, 1_000, -3_000, []]);
    assert.deepEqual(call?.doing, { text: "layer 2 of 3", at: 1_000 });
    assert.deepEqual([picture.rpcs.get(4)?.actor, picture.rpcs.get(4)?.since], ["container/c", 1_000]);
  });

  it("has of whoever acts in a new segment first where it was", () => {
    const { ring, taken, dispatch } = setUp();
    const ids = Array.from({ length: 40 }, (_, n) => `container/${n}`);
    dispatch(1, () => ids.forEach((actor) => taken({ actor, context: { id: actor } })));
    ring.turns = true;
    dispatch(2, () => taken({ actor: "container/0", event: { type: "exited" } }));
    dispatch(3, () => taken({ actor: "container/39", event: { type: "exited" }, state: "stopped" }));
    const told = readLines(ring.writes.at(-1) ?? "").records.filter((one) => "actor" in one);
    assert.deepEqual(
      told.slice(0, 2).map((one) => [one.kind, "state" in one ? one.state : undefined]),
      [
        ["key", "creating.intending"],
        ["step", "stopped"],
      ],
    );
  });

  it("tells of those whose owner has crashed that they have stopped", () => {
    const { taken, dispatch, last } = setUp();
    dispatch(1, () => taken({}));
    dispatch(2, () => taken({ event: { type: "xstate.stop" } }));
    const { kind, how } = last() as FlightRecord & { kind: "gone" };
    assert.deepEqual([kind, how], ["gone", "stopped"]);
  });

  it("loses what cannot be written, says so when it can again, and never throws", () => {
    const { ring, recorder, taken, dispatch, records } = setUp();
    dispatch(1, () => taken({}));
    ring.broken = true;
    dispatch(2, () => taken({ event: { type: "exited" } }));
    dispatch(3, () => taken({ event: { type: "exited" } }));
    ring.broken = false;
    recorder.noteOutside({ kind: "said", level: "info", text: "room again" });
    const lost = records().find(({ kind }) => kind === "lost") as FlightRecord & { kind: "lost" };
    assert.deepEqual([lost.records, lost.why.text], [2, "no space left on device"]);
  });

  it("loses a record that is no JSON, and keeps those beside it", () => {
    const { taken, dispatch, records } = setUp();
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    dispatch(1, () => {
      taken({ actor: "container/a", context: cyclic });
      taken({ actor: "container/b" });
    });
    const actors = records().flatMap((record) => (record.kind === "key" ? [record.actor] : []));
    assert.deepEqual(actors, ["container/b"]);
  });

  it("keeps of supervisors what is their own, not a list that grows with the node", () => {
    const { taken, dispatch, last } = setUp();
    const context = { id: "pods", children: [{ id: "pod/a" }], crashes: { "pod/a": 1 }, quarantined: {}, state: null };
    dispatch(1, () => taken({ actor: "pods", context, state: "supervising" }));
    const key = last() as FlightRecord & { kind: "key" };
    assert.deepEqual(key.context, { state: null, crashes: { "pod/a": 1 }, quarantined: {} });
  });
});
