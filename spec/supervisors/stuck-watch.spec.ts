import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toldStuck } from "../../src/composition/stuck-log.ts";
import type { Explanation } from "../../src/machines/explanation.ts";
import { StuckWatch, type Stuck } from "../../src/supervisors/stuck-watch.ts";

/** A clock that is moved by hand, with its timers. */
class Clock {
  now = 1_000;
  readonly #timers = new Map<object, { readonly at: number; readonly fn: () => void }>();

  readonly setTimeout = (fn: () => void, ms: number): unknown => {
    const handle = {};
    this.#timers.set(handle, { at: this.now + ms, fn });
    return handle;
  };
  readonly clearTimeout = (handle: unknown): void => void this.#timers.delete(handle as object);

  get timers(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].fn();
    }
    this.now = end;
  }
}

const watched = () => {
  const clock = new Clock();
  const explanations = new Map<string, Explanation>();
  const told: Stuck[] = [];
  const watch = new StuckWatch({
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    now: () => clock.now,
    explain: (id) => explanations.get(id),
    told: (stuck) => told.push(stuck),
  });
  const move = (actor: string, to: string, more: Partial<Explanation> = {}): void => {
    explanations.set(actor, { actor, state: to, waitsFor: "add", ...more });
    watch.moved({ actor, to });
  };
  const seconds = (): readonly number[] => told.map(({ longerThanMs }) => longerThanMs / 1000);
  const counts = (): readonly object[] => watch.counts().map(({ byWait }) => Object.fromEntries(byWait));
  return { clock, explanations, told, watch, move, seconds, counts };
};

describe("the watch over who is stuck", () => {
  it("tells of an actor once at half a minute, two and ten minutes, whichever states it passes", () => {
    const { clock, move, told, seconds } = watched();
    move("attachment/a", "adding");
    clock.pass(29_999);
    assert.equal(told.length, 0);
    clock.pass(1);
    assert.deepEqual(seconds(), [30]);
    move("attachment/a", "resting", { waitsFor: "until" });
    clock.pass(90_000);
    assert.deepEqual(seconds(), [30, 120]);
    assert.deepEqual([told[1]?.waitsFor, told[1]?.forMs], ["until", 120_000]);
    clock.pass(3_600_000);
    assert.deepEqual(seconds(), [30, 120, 600]);
    assert.equal(clock.timers, 0);
  });

  it("lets go of who comes to rest or to its end, and begins anew when it sets out again", () => {
    const { clock, move, seconds, counts } = watched();
    for (const over of ["attached", "detached"]) {
      move("attachment/a", "adding");
      clock.pass(20_000);
      move("attachment/a", over);
      clock.pass(20_000);
    }
    assert.deepEqual(seconds(), []);
    move("attachment/a", "adding");
    clock.pass(20_000);
    assert.deepEqual(counts(), [{}, {}, {}]);
    clock.pass(10_000);
    assert.deepEqual(seconds(), [30]);
  });

  it("counts by what is awaited, for each of the times", () => {
    const { clock, move, counts, watch } = watched();
    move("attachment/a", "adding");
    clock.pass(100_000);
    move("attachment/b", "adding");
    move("sandbox/b", "creating.attaching", { waitsFor: "attached" });
    clock.pass(30_000);
    assert.deepEqual(counts(), [{ add: 2, attached: 1 }, { add: 1 }, {}]);
    watch.forget("attachment/a");
    assert.deepEqual(counts(), [{ add: 1, attached: 1 }, {}, {}]);
  });

  it("takes no client's grace period for being stuck, its own or another's that it waits for, but what comes after", () => {
    const { clock, move, seconds, counts } = watched();
    const until = { what: "deadline", at: clock.now + 300_000 } as const;
    const container = { actor: "container/a", state: "stopping.waiting", waitsFor: "exited", until };
    move("container/a", "stopping.waiting", container);
    move("sandbox/a", "stopping.emptying", { waitsFor: "emptied", other: container });
    clock.pass(299_000);
    assert.deepEqual([seconds(), counts()], [[], [{}, {}, {}]]);
    clock.pass(1_000);
    move("container/a", "stopping.forcing", { waitsFor: "force" });
    clock.pass(29_000);
    assert.deepEqual(seconds(), []);
    clock.pass(1_000);
    assert.deepEqual(seconds(), [30, 30]);
    assert.deepEqual(counts(), [{ emptied: 1, force: 1 }, {}, {}]);
  });

  it("takes a command that runs for as long as its client wants for well, and not one that does not end when it is killed", () => {
    const { clock, move, seconds, counts } = watched();
    move("exec/a", "running", { waitsFor: "execExited", clients: true });
    clock.pass(3_600_000);
    assert.deepEqual([seconds(), counts()], [[], [{}, {}, {}]]);
    move("exec/a", "dying", { waitsFor: "execExited" });
    clock.pass(30_000);
    assert.deepEqual([seconds(), counts()], [[30], [{ execExited: 1 }, {}, {}]]);
  });

  it("takes what still gets on for well: an image of which bytes come", () => {
    const { clock, explanations, move, seconds, counts } = watched();
    const call = { driver: "images", verb: "fetch", begun: true, boundMs: null };
    const fetching = { actor: "image-pull/a", state: "fetching", waitsFor: "fetch" };
    move("image-pull/a", "fetching", { waitsFor: "fetch", call });
    clock.pass(29_000);
    explanations.set("image-pull/a", { ...fetching, call: { ...call, doing: { text: "5 of 9 MiB", at: clock.now } } });
    clock.pass(29_000);
    assert.deepEqual([seconds(), counts()], [[], [{}, {}, {}]]);
    clock.pass(1_000);
    assert.deepEqual([seconds(), counts()], [[30], [{ fetch: 1 }, {}, {}]]);
  });

  it("knows one that is being started again, and forgets one that has gone without coming to rest", () => {
    const { clock, explanations, move, told, counts } = watched();
    move("attachment/a", "adding");
    explanations.set("attachment/a", { actor: "attachment/a", state: null });
    move("attachment/b", "adding");
    explanations.delete("attachment/b");
    clock.pass(40_000);
    assert.deepEqual(
      told.map(({ explanation, waitsFor }) => [explanation.actor, waitsFor]),
      [["attachment/a", "restart"]],
    );
    assert.deepEqual(counts(), [{ restart: 1 }, {}, {}]);
  });

  it("has one timer, however many set out, and none when all rest", () => {
    const { clock, move, watch } = watched();
    for (let n = 0; n < 500; n++) {
      move(`container/${n}`, "starting.starting");
      clock.pass(1);
      assert.equal(clock.timers, 1);
    }
    for (let n = 0; n < 500; n++) move(`container/${n}`, "running");
    clock.pass(60_000);
    assert.equal(clock.timers, 0);
    move("container/0", "stopping.asking");
    watch.close();
    assert.equal(clock.timers, 0);
  });

  it("tells of the longest time alone when several have passed at once, as after a suspended machine", () => {
    const { clock, move, seconds } = watched();
    move("attachment/a", "adding");
    clock.now += 500_000;
    clock.pass(0);
    assert.deepEqual(seconds(), [120]);
  });
});

describe("the log of who is stuck", () => {
  it("has the sentence for people and what it is made of for programs, first as information, then as a warning", () => {
    const said: unknown[] = [];
    const tell = toldStuck(
      { say: (...words) => said.push(words) },
      () => ({ namespace: "default", pod: "web-0", uid: "u" }),
      (actor) => `${actor} is adding, it waits for add`,
    );
    const explanation = { actor: "attachment/a", state: "adding", waitsFor: "add", tries: 2, help: "attachment-add" };
    tell({ explanation, waitsFor: "add", forMs: 30_000.4, longerThanMs: 30_000 });
    tell({ explanation, waitsFor: "add", forMs: 120_000, longerThanMs: 120_000 });
    const text = "(pod default/web-0): attachment/a is adding, it waits for add";
    const fields = {
      actor: "attachment/a",
      state: "adding",
      waitsFor: "add",
      namespace: "default",
      pod: "web-0",
      uid: "u",
      tries: 2,
      help: "attachment-add",
    };
    assert.deepEqual(said, [
      ["info", `not at rest for 30 s ${text}`, { ...fields, forMs: 30_000 }],
      ["warning", `not at rest for 2 min ${text}`, { ...fields, forMs: 120_000 }],
    ]);
  });
});
