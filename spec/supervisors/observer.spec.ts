/** What is seen of actors by XState's inspection. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createActor, setup, spawnChild } from "xstate";
import { Observer, type ObserverEvents, type Transition } from "../../src/supervisors/observer.ts";

const child = setup({
  actions: {
    fail: () => {
      throw new Error("a slip");
    },
  },
}).createMachine({
  initial: "a",
  states: { a: { on: { go: "b", fail: { actions: "fail" } } }, b: { on: { fail: { actions: "fail" } } } },
});

const parent = setup({ actors: { child } }).createMachine({
  entry: spawnChild("child", { id: "child/1" }),
  on: {
    "xstate.error.actor.*": { actions: [] },
    again: { actions: spawnChild("child", { id: "child/1" }) },
  },
});

const watched = (events: Partial<ObserverEvents>) => {
  const ignore = (): void => {};
  const observer = new Observer(
    { now: () => 0, cause: 1 },
    {
      moved: ignore,
      unhandled: ignore,
      crashed: ignore,
      defect: (text, error) => assert.fail(`${text}: ${String(error)}`),
      ...events,
    },
  );
  const root = createActor(parent, { id: "root", inspect: observer.inspect });
  root.start();
  return { root, tell: (type: string) => observer.find("child/1")?.send({ type }) };
};

describe("the observer", () => {
  it("tells of an actor that throws, once", () => {
    const crashes: string[] = [];
    const { tell } = watched({ crashed: (actor, error) => crashes.push(`${actor}: ${(error as Error).message}`) });
    tell("fail");
    assert.deepEqual(crashes, ["child/1: a slip"]);
  });

  it("tells of the birth of each, once, though it rests where it begins, and again of one in the place of another", () => {
    const births: string[] = [];
    const { root, tell } = watched({
      stepped: ({ actor, parent: owner = "nobody", event, state }) => {
        if (event.type === "xstate.init") births.push(`${actor} of ${owner} ${state}`);
      },
    });
    tell("go");
    tell("fail");
    root.send({ type: "again" });
    assert.deepEqual(births, ["root of nobody ", "child/1 of root a", "child/1 of root a"]);
  });

  it("begins anew with whoever is started in the place of one that crashed", () => {
    const moves: string[] = [];
    const { root, tell } = watched({
      moved: ({ actor, from, to }: Transition) => moves.push(`${actor} ${from} → ${to}`),
    });
    tell("go");
    tell("fail");
    root.send({ type: "again" });
    tell("go");
    assert.deepEqual(
      moves.filter((move) => move.startsWith("child")),
      ["child/1  → a", "child/1 a → b", "child/1  → a", "child/1 a → b"],
    );
  });

  it("forgets all that one has lost who is started anew, down to the last, and says so", () => {
    const middle = setup({ actors: { child } }).createMachine({ entry: spawnChild("child", { id: "exec/1" }) });
    const owner = setup({ actors: { middle } }).createMachine({ entry: spawnChild("middle", { id: "pod/1" }) });
    const empty = setup({}).createMachine({});
    const top = setup({ actors: { owner, empty } }).createMachine({
      entry: spawnChild("owner", { id: "pods" }),
      on: { again: { actions: spawnChild("empty", { id: "pods" }) } },
    });
    const observer = new Observer(
      { now: () => 0, cause: 1 },
      { moved: () => {}, unhandled: () => {}, crashed: () => {}, defect: (text) => assert.fail(text) },
    );
    const root = createActor(top, { id: "root", inspect: observer.inspect });
    root.start();
    assert.ok(observer.find("exec/1"));
    root.send({ type: "again" });
    assert.deepEqual(observer.takeLost(), ["pod/1", "exec/1"]);
    assert.equal(observer.find("exec/1"), undefined);
  });

  it("tells of the state in which one begins, also where no transition led there", () => {
    const births: string[] = [];
    const { tell } = watched({
      stepped: ({ actor, parent = "", event, state }) => births.push(`${actor} of ${parent}: ${event.type}, ${state}`),
    });
    assert.deepEqual(births, ["root of : xstate.init, ", "child/1 of root: xstate.init, a"]);
    tell("go");
    assert.equal(births.at(-1), "child/1 of root: go, b");
  });

  it("tells which transitions were taken, as the chart defines them", () => {
    const taken: object[] = [];
    const { tell } = watched({ took: (actor, transitions) => actor === "child/1" && taken.push(...transitions) });
    tell("go");
    assert.deepEqual(taken, child.root.states["a"]?.transitions.get("go"));
    assert.equal(taken[0], child.root.states["a"]?.transitions.get("go")?.[0]);
  });
});
