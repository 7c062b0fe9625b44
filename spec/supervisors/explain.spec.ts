/** What an actor is said to wait for: of whom, and of nobody else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnyActorRef } from "xstate";
import { explain } from "../../src/supervisors/explain.ts";

const actor = (id: string, value: string, waitsFor: string): AnyActorRef => {
  const meta = { cri: "none", waitsFor, bound: "call", help: "" };
  const snapshot = { status: "active", value, context: {}, getMeta: () => ({ [value]: meta }) };
  return { id, getSnapshot: () => snapshot } as unknown as AnyActorRef;
};
const attachment = actor("attachment/s", "deleting", "delete");
const restless = (kind: string): readonly AnyActorRef[] => (kind === "attachment" ? [attachment] : []);

describe("what an actor is said to wait for", () => {
  it("is, of a sandbox that gives up its network, what the pod's network attachment waits for", () => {
    const text = explain(actor("sandbox/s", "stopping", "detached"), [], 0, restless);
    assert.match(text, /sandbox\/s is stopping, it waits for detached; attachment\/s is deleting, it waits for delete/);
  });

  it("is, of a client before a container, nothing that the pod's network does", () => {
    const text = explain(actor("attach/a", "attached", "detached"), [], 0, restless);
    assert.equal(text, "attach/a is attached, it waits for detached");
  });
});
