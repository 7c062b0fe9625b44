/** What a supervisor keeps of children that are gone: nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createActor, createMachine, type AnyActorRef, type InspectionEvent } from "xstate";
import { supervisor } from "../../src/supervisors/supervisor.ts";

const CHILDREN = 50;

const logic = createMachine({
  initial: "on",
  states: { on: { on: { finish: "over", break: { actions: "mistake" } } }, over: { type: "final" } },
}).provide({
  actions: {
    mistake: () => {
      throw new Error("a mistake in the machine");
    },
  },
});

/** A supervisor under which so many children have lived and ended, and the types of events that its chart has met. */
const lived = (event: "finish" | "break"): { readonly ref: AnyActorRef; readonly met: ReadonlySet<string> } => {
  const met = new Set<string>();
  const machine = supervisor({
    name: "pods",
    kinds: { pod: { logic, restart: "transient" } },
    children: () => [],
    renew: () => undefined,
    isolate: true,
  });
  const ref: AnyActorRef = createActor(machine, {
    input: { id: "pods" },
    clock: { setTimeout: (work: () => void) => queueMicrotask(work), clearTimeout: () => undefined },
    inspect: (seen: InspectionEvent) => {
      if (seen.type === "@xstate.microstep" && seen.actorRef === ref) met.add(seen.event.type);
    },
  } as never);
  ref.subscribe({ error: () => undefined });
  (ref as unknown as { start(): void }).start();
  for (let n = 0; n < CHILDREN; n++) {
    const id = `pod/${n}`;
    ref.send({ type: "spawn", child: { kind: "pod", id, input: {} } });
    ((ref.getSnapshot() as { children: Record<string, AnyActorRef> }).children[id] as AnyActorRef).send({
      type: event,
    });
  }
  return { ref, met };
};

describe("a supervisor", () => {
  it("meets one type of event for the ends of all its children, for XState keeps every type that a chart has met", () => {
    const { ref, met } = lived("finish");
    assert.deepEqual([...met].toSorted(), ["child.gone", "spawn", "xstate.done.actor.child"]);
    assert.deepEqual((ref.getSnapshot() as unknown as { context: { children: unknown } }).context.children, []);
  });

  it("forgets, in time, that a child has crashed", async () => {
    const { ref } = lived("break");
    await new Promise(setImmediate);
    assert.deepEqual((ref.getSnapshot() as unknown as { context: { crashes: unknown } }).context.crashes, {});
  });
});
