/**
 * Watches over the stores. A store that can no longer write is the one failure that nothing here outlives: the scribe
 * throws, its supervisor has no budget for it, and the process ends so that a new one reads what is true.
 */
import { setup } from "xstate";
import { waiting, type StateMeta } from "./slot.ts";

export type ScribeEvent = { readonly type: "storeFailed"; readonly reason: string };
const waits = waiting("scribe");

export const scribeMachine = setup({
  types: {
    input: {} as { readonly id: string },
    context: {} as { readonly id: string },
    events: {} as ScribeEvent,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actions: {
    giveUp: (_, { reason }: { reason: string }) => {
      throw new Error(`the store of durable records failed: ${reason}`);
    },
  },
}).createMachine({
  id: "scribe",
  options: { maxIterations: 1000 },
  context: ({ input }) => input,
  initial: "writing",
  states: {
    writing: {
      tags: "settled",
      meta: waits("none", "storeFailed", "the life of the daemon"),
      on: { storeFailed: { actions: { type: "giveUp", params: ({ event }) => event } } },
    },
  },
});
