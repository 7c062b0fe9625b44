/** Something without an owner, found at start: removed, however often that has to be tried. removing ◀─▶ resting ─▶ removed */
import { assign, setup } from "xstate";
import type { MonoMs } from "../vocabulary/index.ts";
import { rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";

export interface LeakedContext {
  readonly id: string;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
const waits = waiting("leaked");

export const leakedMachine = setup({
  types: {
    input: {} as { readonly id: string },
    context: {} as LeakedContext,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actors: {
    sweep: slot<void, { readonly id: string }>("remove it"),
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
  },
  actions: { noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })) },
}).createMachine({
  id: "leaked",
  options: { maxIterations: 1000 },
  context: ({ input: { id } }) => ({ id, trouble: null, tries: 0 }),
  initial: "removing",
  states: {
    removing: {
      meta: waits("none", "sweep"),
      invoke: {
        src: "sweep",
        input: ({ context }) => ({ id: context.id }),
        onDone: "removed",
        onError: troubled("resting"),
      },
    },
    resting: {
      meta: waits("none", "until", "backoff"),
      invoke: {
        src: "until",
        input: rested,
        onDone: "removing",
        onError: "removing",
      },
    },
    removed: { type: "final" },
  },
});
