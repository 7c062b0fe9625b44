import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { permits, type Lane, type PermitTimers, type RealPermits } from "../../../src/drivers/permits/permits.ts";
import { permitsContract } from "./permits.contract.ts";

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

/** `more`: where the lanes are not of one permit each. */
const setUp = (
  lineLimit = 10,
  more: Partial<Record<Lane, number>> = {},
): { readonly desk: RealPermits; readonly pass: (ms: number) => Promise<void> } => {
  const { timers, pass } = handClock();
  const lanes = { "cni-add": 1, "cni-del": 1, unpack: 1, pull: 1, ...more };
  return { desk: permits({ lanes, lineLimit, giveBackMs: 1000, timers }), pass };
};

permitsContract("permits", () => {
  const { desk, pass } = setUp();
  return { permits: desk, turn, pass, dispose: () => {} };
});

describe("the permits of one lane", () => {
  const never = new AbortController().signal;

  it("are as many as the settings say", async () => {
    const { desk } = setUp(10, { pull: 2 });
    const granted: string[] = [];
    for (const holder of ["a", "b", "c", "d"])
      void desk.acquire("pull", holder, never).then(() => granted.push(holder));
    await turn();
    assert.deepEqual(granted, ["a", "b"]);
    desk.release("b");
    await turn();
    assert.deepEqual(granted, ["a", "b", "c"]);
  });

  it("are refused in words when the line is full", async () => {
    const { desk } = setUp(1);
    for (const holder of ["a", "b"]) void desk.acquire("cni-add", holder, never);
    await turn();
    await assert.rejects(desk.acquire("cni-add", "c", never), {
      code: "Exhausted",
      message: "1 already wait for one of 1 permits of cni-add: try again later",
    });
    assert.deepEqual(desk.queues()["cni-add"], { length: 1, bound: 1, refused: 1 });
    assert.deepEqual(desk.queues()["cni-del"], { length: 0, bound: 1, refused: 0 });
  });
});
