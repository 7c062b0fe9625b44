/** What XState 5 does that nobody would guess, as far as Troupe relies on it or works around it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assign, createActor, createMachine, setup, type AnyActorRef } from "xstate";

const quiet = <Ref extends AnyActorRef>(ref: Ref): Ref => {
  ref.subscribe({ error: () => undefined });
  return ref;
};

describe("XState 5", () => {
  it("leaves the children of a machine that throws running", () => {
    const child = createMachine({ initial: "on", states: { on: {} } });
    const parent = setup({
      actors: { child },
      actions: {
        boom: () => {
          throw new Error("boom");
        },
      },
    }).createMachine({
      invoke: { src: "child", id: "child" },
      on: { go: { actions: "boom" } },
    });
    const ref = quiet(createActor(parent));
    ref.start();
    const running = ref.getSnapshot().children["child"] as AnyActorRef;
    ref.send({ type: "go" });
    assert.equal(ref.getSnapshot().status, "error");
    assert.equal(running.getSnapshot().status, "active");
    running.send({ type: "xstate.stop" });
    assert.equal(running.getSnapshot().status, "stopped");
  });

  it("lets a throw in an observer reach whoever sent the event", () => {
    let armed = false;
    const ref = createActor(createMachine({ on: { go: {} } }), {
      inspect: () => {
        if (armed) throw new Error("in the observer");
      },
    });
    ref.start();
    armed = true;
    assert.throws(() => ref.send({ type: "go" }), /in the observer/);
  });

  it("turns an always cycle into an error only with maxIterations", () => {
    const machine = createMachine({
      options: { maxIterations: 100 },
      initial: "a",
      states: { a: { always: "b" }, b: { always: "a" } },
    });
    const { status, error } = quiet(createActor(machine)).start().getSnapshot() as { status: string; error?: Error };
    assert.equal(status, "error");
    assert.match(error?.message ?? "", /[Ii]nfinite/);
  });

  it("shows no transition for an unhandled event and for a refused guard, and one for an event ignored on purpose", () => {
    const counts: Record<string, number> = {};
    const machine = setup({ guards: { never: () => false }, actions: { nothingToDo: () => undefined } }).createMachine({
      on: { ignored: { actions: "nothingToDo" }, guarded: { guard: "never", actions: "nothingToDo" } },
    });
    const ref = createActor(machine, {
      inspect: (event) => {
        if (event.type === "@xstate.microstep") counts[event.event.type] = event._transitions.length;
      },
    });
    ref.start();
    for (const type of ["ignored", "guarded", "unknown"] as const) ref.send({ type });
    assert.deepEqual({ ...counts, "xstate.init": 0 }, { ignored: 1, guarded: 0, unknown: 0, "xstate.init": 0 });
  });

  it("says of an event ignored on purpose that it can, if it has an action, and that it cannot, if it has none", () => {
    const machine = setup({ actions: { nothingToDo: () => undefined } }).createMachine({
      on: { a: { actions: "nothingToDo" }, b: {} },
    });
    const snapshot = createActor(machine).start().getSnapshot();
    assert.equal(snapshot.can({ type: "a" }), true);
    assert.equal(snapshot.can({ type: "b" }), false);
  });

  it("starts neither invoke nor timer of a state that is resolved instead of entered", () => {
    let entered = 0;
    const machine = setup({ actions: { count: () => void entered++ } }).createMachine({
      initial: "a",
      states: { a: { on: { go: "b" } }, b: { entry: "count" } },
    });
    createActor(machine, { snapshot: machine.resolveState({ value: "b", context: {} }) }).start();
    assert.equal(entered, 0);
  });

  it("fails the parent of a spawned child that throws, unless a wildcard takes the error", () => {
    const child = createMachine({
      on: {
        go: {
          actions: () => {
            throw new Error("boom");
          },
        },
      },
    });
    const make = (on: object): AnyActorRef =>
      quiet(
        createActor(setup({ actors: { child } }).createMachine({ invoke: { src: "child", id: "child" }, on } as never)),
      );
    const alone = make({});
    const supervising = make({ "xstate.error.actor.*": { actions: () => undefined } });
    for (const ref of [alone, supervising]) {
      ref.start();
      (ref.getSnapshot().children["child"] as AnyActorRef).send({ type: "go" });
    }
    assert.equal(alone.getSnapshot().status, "error");
    assert.equal(supervising.getSnapshot().status, "active");
  });

  it("keeps a child that is done among the children until it is stopped", () => {
    const child = createMachine({ initial: "end", states: { end: { type: "final" } } });
    const parent = setup({ actors: { child }, types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      invoke: { src: "child", id: "child" },
      on: { "xstate.done.actor.*": { actions: assign({ n: 1 }) } },
    });
    const ref = createActor(parent);
    ref.start();
    assert.equal(ref.getSnapshot().context.n, 1);
    assert.ok(ref.getSnapshot().children["child"]);
  });

  it("keeps with a chart what each type of event may do, and calls the end of every actor by a type of its own", () => {
    const keys: string[] = [];
    const machine = createMachine({ on: { "xstate.done.actor.*": {} } });
    const { transitions } = machine.root;
    // Looked through once for each type that it has not met yet.
    machine.root.transitions = new Proxy(transitions, {
      get: (map, name) =>
        name === "get" ? (key: string) => (keys.push(key), map.get(key)) : Reflect.get(map, name, map).bind(map),
    });
    const ref = createActor(machine).start();
    for (const id of ["a", "b", "a"]) ref.send({ type: `xstate.done.actor.${id}` });
    assert.deepEqual(
      keys.filter((key) => key.startsWith("xstate.done.actor.") && !key.endsWith("*")),
      ["xstate.done.actor.a", "xstate.done.actor.b"],
    );
  });
});
