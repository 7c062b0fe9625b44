import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { machines } from "../../src/machines/catalogue.ts";
import type { StateMeta } from "../../src/machines/slot.ts";
import { allStates, eventsTakenBy, invokedBy, isWaiting, type Node } from "../support/charts.ts";

/** Slots that stand for the passing of time: a state that has one waits for something else, or rests. */
const isClock = (slot: string): boolean => slot === "until";

const say = (node: Node): string => node.path.join(".");

for (const [name, machine] of Object.entries(machines))
  describe(`every state of ${name} in which something is awaited`, () => {
    const waiting = allStates(machine.root as unknown as Node).filter(isWaiting);

    it("says what CRI calls it, what it waits for, what bounds the wait, and where to read on", () => {
      for (const node of waiting) {
        const meta = node.meta as StateMeta | undefined;
        assert.ok(meta, `${say(node)} has no meta`);
        for (const key of ["cri", "waitsFor", "bound", "help"] as const)
          assert.ok(meta[key], `${say(node)}: meta.${key} is empty`);
        assert.ok(meta.help.startsWith(`${name}-`), `${say(node)}: ${meta.help}`);
      }
    });

    it("waits for a slot that it invokes, or for an event that it takes", () => {
      for (const node of waiting) {
        const { waitsFor } = node.meta as unknown as StateMeta;
        const slots = invokedBy(node);
        assert.ok(
          slots.includes(waitsFor) || eventsTakenBy(node).includes(waitsFor),
          `${say(node)} waits for ${waitsFor}`,
        );
      }
    });

    it("makes one driver call at most", () => {
      for (const node of waiting) assert.ok(invokedBy(node).length <= 1, say(node));
    });

    it("is not left while its effect runs, except by the effect's end", () => {
      for (const node of waiting.filter((one) => invokedBy(one).some((slot) => !isClock(slot)))) {
        const leaving = [...node.transitions].filter(
          ([event, edges]) => !event.startsWith("xstate.") && edges.some(({ target }) => target),
        );
        assert.deepEqual(
          leaving.map(([event]) => event),
          [],
          say(node),
        );
        assert.deepEqual((node.always ?? []).length, 0, say(node));
        for (let above = node.parent; above; above = above.parent)
          for (const [event, edges] of above.transitions)
            assert.ok(
              event === "changed" || edges.every(({ target }) => !target),
              `${say(node)} is left by ${event} above it`,
            );
      }
    });

    it("ends well or ill: both ends of its call lead somewhere", () => {
      for (const node of waiting.filter((one) => invokedBy(one).some((slot) => !isClock(slot)))) {
        const ends = [...node.transitions.keys()].filter((event) => event.startsWith("xstate."));
        assert.ok(
          ends.some((event) => event.startsWith("xstate.done.actor.")),
          `${say(node)} has no onDone`,
        );
        if (!UNFAILING.has(`${name}.${say(node)}`))
          assert.ok(
            ends.some((event) => event.startsWith("xstate.error.actor.")),
            `${say(node)} has no onError`,
          );
      }
    });
  });

/** Without these the daemon is of no use: their failure is their actor's crash, and its supervisor tries again. */
const UNFAILING = new Set(["daemon.opening", "network.watching"]);
