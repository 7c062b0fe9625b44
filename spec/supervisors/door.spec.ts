import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call, CallOwner } from "../../src/actors/calls.ts";
import { Door, type Outcome, type World } from "../../src/supervisors/door.ts";

interface Made {
  readonly call: Call;
  readonly signal: AbortSignal;
  readonly settle: (outcome: Outcome) => void;
  readonly tell: (doing: string) => void;
}

const worldOf = (): { world: World; made: Made[]; timers: Map<number, () => void>; time: { now: number } } => {
  const made: Made[] = [];
  const timers = new Map<number, () => void>();
  const time = { now: 0 };
  const world: World = {
    now: () => time.now,
    setTimeout: (fn, ms) => (timers.set(ms, fn), ms),
    clearTimeout: (timer) => void timers.delete(timer as number),
    perform: (call, signal, settle, tell) => void made.push({ call, signal, settle, tell }),
  };
  return { world, made, timers, time };
};

const doorOf = (world: World, defects: string[] = []): Door =>
  new Door(world, { defect: (text, error) => defects.push(`${text}: ${String(error)}`) });
const call = (id: string, verb = "mount", boundMs: number | null = null, driver = "rootfs"): Call => ({
  by: `container/${id}`,
  driver,
  verb,
  id,
  input: { id },
  boundMs,
});
const owner = (): CallOwner & { heard: { type: string }[] } => {
  const heard: { type: string }[] = [];
  return { id: "slot", heard, send: (event) => void heard.push(event) };
};

describe("the door", () => {
  it("lets in one thing at a time: what comes meanwhile waits for its turn", () => {
    const { world } = worldOf();
    const door = doorOf(world);
    const order: string[] = [];
    door.enter(() => {
      door.enter(() => order.push(`second, cause ${door.cause}`));
      order.push(`first, cause ${door.cause}`);
    });
    assert.deepEqual(order, ["first, cause 1", "second, cause 2"]);
    assert.equal(door.cause, 0);
  });

  it("survives a throw, which is a defect, and lets the next one in", () => {
    const { world } = worldOf();
    const defects: string[] = [];
    const door = doorOf(world, defects);
    door.enter(() => {
      throw new Error("boom");
    });
    let entered = false;
    door.enter(() => (entered = true));
    assert.equal(entered, true);
    assert.deepEqual(defects, ["an error came out of the actor system: Error: boom"]);
  });

  it("makes the calls of one actor one after another, and those of others at once", () => {
    const { world, made } = worldOf();
    const door = doorOf(world);
    door.begin(call("a"), owner());
    door.begin(call("a", "unmount"), owner());
    door.begin(call("b"), owner());
    assert.deepEqual(
      made.map((one) => `${one.call.verb} ${one.call.id}`),
      ["mount a", "mount b"],
    );
    made[0]?.settle({ output: undefined });
    assert.deepEqual(
      made.map((one) => `${one.call.verb} ${one.call.id}`),
      ["mount a", "mount b", "unmount a"],
    );
  });

  it("keeps that order over the death of the actor that asked, for the next of its name", () => {
    const { world, made } = worldOf();
    const door = doorOf(world);
    const dead = owner();
    door.begin(call("a"), dead);
    door.abandon(dead);
    door.begin(call("a", "unmount"), owner());
    assert.equal(made.length, 1);
    made[0]?.settle({ output: "late" });
    assert.equal(made.length, 2);
    assert.deepEqual(dead.heard, []);
  });

  it("does not make a call that stood in the line when its actor died", () => {
    const { world, made } = worldOf();
    const door = doorOf(world);
    const dead = owner();
    door.begin(call("a", "settle"), owner());
    door.begin(call("a", "record"), dead);
    door.begin(call("a", "look"), owner());
    door.abandon(dead);
    made[0]?.settle({ output: "settled" });
    assert.deepEqual(
      made.map((one) => one.call.verb),
      ["settle", "look"],
    );
  });

  it("does not let a mere wait hold up the work on its object", () => {
    const { world, made } = worldOf();
    const door = doorOf(world);
    door.begin(call("a", "until", null, "clock"), owner());
    door.begin(call("a"), owner());
    assert.equal(made.length, 2);
  });

  it("tells the driver to give up at the bound, and still gives the late answer to its owner", () => {
    const { world, made, timers, time } = worldOf();
    const door = doorOf(world);
    const waiting = owner();
    door.begin(call("a", "mount", 5_000), waiting);
    timers.get(5_000)?.();
    assert.equal(made[0]?.signal.aborted, true);
    assert.deepEqual(waiting.heard, []);
    time.now = 9_000;
    made[0]?.settle({ error: made[0]?.signal.reason });
    assert.deepEqual(waiting.heard, [
      {
        type: "call.failed",
        failure: { code: "Overdue", text: "rootfs.mount took longer than its bound of 5 s", at: 9_000 },
      },
    ]);
  });

  it("takes one answer to a call, and no second", () => {
    const { world, made } = worldOf();
    const waiting = owner();
    doorOf(world).begin(call("a"), waiting);
    made[0]?.settle({ output: 1 });
    made[0]?.settle({ output: 2 });
    assert.deepEqual(waiting.heard, [{ type: "call.done", output: 1 }]);
  });

  it("says which calls are under way, since when, and which only stand in the line", () => {
    const { world, time } = worldOf();
    const door = doorOf(world);
    time.now = 7;
    door.begin(call("a"), owner());
    door.begin(call("a", "unmount"), owner());
    assert.deepEqual(
      door.openCalls().map(({ call: { verb }, since, begun }) => ({ verb, since, begun })),
      [
        { verb: "mount", since: 7, begun: true },
        { verb: "unmount", since: 7, begun: false },
      ],
    );
  });

  it("knows what a call is at, and passes that on at once, but what differs in numbers alone once a second", () => {
    const { world, made, time } = worldOf();
    const told: (string | undefined)[] = [];
    const door = new Door(world, { defect: assert.fail, doing: ({ doing }) => told.push(doing?.text) });
    door.begin(call("a"), owner());
    for (const [now, text] of [
      [0, "1 of 9 bytes"],
      [500, "2 of 9 bytes"],
      [1_200, "3 of 9 bytes"],
      [1_250, "unpacking"],
      [1_300, "4 of 9 bytes"],
    ] as const) {
      time.now = now;
      made[0]?.tell(text);
    }
    assert.deepEqual(told, ["1 of 9 bytes", "3 of 9 bytes", "unpacking", "4 of 9 bytes"]);
    assert.deepEqual(door.openCalls()[0]?.doing, { text: "4 of 9 bytes", at: 1_300 });
    made[0]?.settle({ output: undefined });
    time.now = 9_000;
    made[0]?.tell("5 of 9 bytes");
    assert.equal(told.length, 4, "nobody asks what is over");
  });

  it("once closed lets nothing in and begins nothing", () => {
    const { world, made } = worldOf();
    const door = doorOf(world);
    const waiting = owner();
    door.begin(call("a"), waiting);
    door.close();
    made[0]?.settle({ output: undefined });
    door.enter(() => assert.fail("it was closed"));
    door.begin(call("b"), owner());
    assert.deepEqual(waiting.heard, []);
    assert.equal(made.length, 1);
  });
});
