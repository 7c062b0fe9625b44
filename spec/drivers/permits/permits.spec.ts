import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { permits, type Lane, type Permits, type PermitTimers } from "../../../src/drivers/permits/permits.ts";
import { Overdue } from "../../../src/errors.ts";

/** A clock that goes when the spec says so. */
const handClock = (): { readonly timers: PermitTimers; readonly pass: (ms: number) => Promise<void> } => {
  let at = 0;
  const pending = new Map<unknown, { due: number; work: () => void }>();
  let last = 0;
  return {
    timers: {
      now: () => at,
      setTimeout: (work, ms) => {
        pending.set(++last, { due: at + ms, work });
        return last;
      },
      clearTimeout: (timer) => void pending.delete(timer),
    },
    pass: async (ms) => {
      at += ms;
      for (const [timer, { due, work }] of pending.entries().toArray())
        if (due <= at) {
          pending.delete(timer);
          work();
        }
      await turn();
    },
  };
};

/** Lets all promises that are decided be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const setUp = (
  lineLimit = 10,
): {
  readonly desk: Permits;
  /** Holders in the order in which they were served. */
  readonly granted: string[];
  readonly ask: (lane: Lane, holder: string, signal?: AbortSignal) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
} => {
  const { timers, pass } = handClock();
  const desk = permits({
    lanes: { "cni-add": 1, "cni-del": 1, unpack: 1, pull: 2 },
    lineLimit,
    giveBackMs: 1000,
    timers,
  });
  const granted: string[] = [];
  const ask = async (lane: Lane, holder: string, signal = new AbortController().signal): Promise<void> => {
    await desk.acquire(lane, holder, signal);
    granted.push(holder);
  };
  return { desk, granted, ask, pass };
};

describe("permits", () => {
  it("are granted in the order of asking, as many as the lane has", async () => {
    const { desk, granted, ask } = setUp();
    for (const holder of ["a", "b", "c", "d"]) void ask("pull", holder);
    await turn();
    assert.deepEqual(granted, ["a", "b"]);
    desk.release("b");
    await turn();
    desk.release("a");
    await turn();
    assert.deepEqual(granted, ["a", "b", "c", "d"]);
  });

  it("of one lane do not keep anybody from another", async () => {
    const { granted, ask } = setUp();
    void ask("cni-add", "a");
    void ask("cni-del", "b");
    await turn();
    assert.deepEqual(granted, ["a", "b"]);
  });

  it("that bound CPU come back by themselves, others do not", async () => {
    const { granted, ask, pass } = setUp();
    for (const lane of ["cni-add", "unpack", "cni-del"] as const)
      for (const holder of ["1", "2"]) void ask(lane, `${lane} ${holder}`);
    await turn();
    await pass(999);
    assert.deepEqual(granted, ["cni-add 1", "unpack 1", "cni-del 1"]);
    await pass(1);
    assert.deepEqual(granted.slice(3), ["cni-add 2", "unpack 2"]);
  });

  it("given back in time are not given back again", async () => {
    const { desk, granted, ask, pass } = setUp();
    for (const holder of ["a", "b", "c"]) void ask("cni-add", holder);
    await pass(600);
    desk.release("a");
    await turn();
    await pass(600);
    assert.deepEqual(granted, ["a", "b"]);
    await pass(400);
    assert.deepEqual(granted, ["a", "b", "c"]);
  });

  it("tell who waits for what since when", async () => {
    const { desk, ask, pass } = setUp();
    void ask("cni-del", "a");
    await pass(5);
    void ask("cni-del", "b");
    await pass(5);
    void ask("cni-del", "c");
    assert.deepEqual(desk.waiting(), [
      { lane: "cni-del", holder: "b", sinceMs: 5 },
      { lane: "cni-del", holder: "c", sinceMs: 10 },
    ]);
    desk.release("a");
    await turn();
    assert.deepEqual(
      desk.waiting().map(({ holder }) => holder),
      ["c"],
    );
  });

  it("are refused in words when the line is full", async () => {
    const { ask } = setUp(1);
    for (const holder of ["a", "b"]) void ask("cni-add", holder);
    await turn();
    await assert.rejects(ask("cni-add", "c"), {
      code: "Exhausted",
      message: "1 already wait for one of 1 permits of cni-add: try again later",
    });
  });

  it("are not waited for any more by a caller who has gone", async () => {
    const { desk, granted, ask } = setUp();
    const controller = new AbortController();
    void ask("cni-del", "a");
    const b = ask("cni-del", "b", controller.signal);
    void ask("cni-del", "c");
    await turn();
    controller.abort(new Overdue("too late"));
    await assert.rejects(b, { code: "Overdue" });
    assert.deepEqual(
      desk.waiting().map(({ holder }) => holder),
      ["c"],
    );
    desk.release("a");
    await turn();
    assert.deepEqual(granted, ["a", "c"]);
  });

  it("once granted are held although the signal comes after it", async () => {
    const { desk, granted, ask } = setUp();
    const controller = new AbortController();
    void ask("cni-del", "a", controller.signal);
    await turn();
    controller.abort(new Overdue("too late"));
    void ask("cni-del", "b");
    await turn();
    assert.deepEqual(granted, ["a"]);
    desk.release("a");
    await turn();
    assert.deepEqual(granted, ["a", "b"]);
  });

  it("released while waiting are a wait that was given up", async () => {
    const { desk, ask } = setUp();
    void ask("cni-del", "a");
    const b = ask("cni-del", "b");
    await turn();
    desk.release("b");
    await assert.rejects(b, { code: "Cancelled", message: 'the wait of "b" for cni-del was given up' });
    desk.release("nobody");
  });

  it("asked for again by their holder are given back first: who asks has begun anew", async () => {
    const { desk, granted, ask } = setUp();
    void ask("cni-del", "a");
    await turn();
    void ask("cni-del", "a");
    await turn();
    assert.deepEqual(granted, ["a", "a"]);
    assert.deepEqual(desk.waiting(), []);
  });
});
