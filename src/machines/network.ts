/** Whether a pod network can be had, as the watched CNI directory says: watching ─▶ ready ◀─▶ notReady. */
import { assign, setup } from "xstate";
import type { MonoMs } from "../vocabulary/index.ts";
import { slot, waiting, type StateMeta } from "./slot.ts";

export type Readiness =
  { readonly ready: true; readonly name: string } | { readonly ready: false; readonly reason: string };
export interface NetworkContext {
  readonly id: string;
  readonly readiness: Readiness;
}
export type NetworkEvent = { readonly type: "changed"; readonly readiness: Readiness; readonly at: MonoMs };

const waits = waiting("network");

export const networkMachine = setup({
  types: {
    input: {} as { readonly id: string },
    context: {} as NetworkContext,
    events: {} as NetworkEvent,
    tags: {} as "settled" | "catchingUp",
    meta: {} as StateMeta,
  },
  actors: { watch: slot<Readiness, { readonly id: string }>("read and watch the CNI directory") },
  guards: { ready: ({ context }) => context.readiness.ready },
  actions: { note: assign((_, readiness: Readiness) => ({ readiness })), nothingToDo: () => {} },
}).createMachine({
  id: "network",
  options: { maxIterations: 1000 },
  context: ({ input: { id } }) => ({
    id,
    readiness: { ready: false, reason: "the CNI directory has not been read yet" },
  }),
  initial: "watching",
  on: { changed: { target: ".deciding", actions: { type: "note", params: ({ event }) => event.readiness } } },
  states: {
    watching: {
      tags: "catchingUp",
      meta: waits("none", "watch"),
      on: { changed: { actions: "nothingToDo" } }, // the answer says how it is by then
      invoke: {
        src: "watch",
        input: ({ context }) => ({ id: context.id }),
        onDone: { target: "deciding", actions: { type: "note", params: ({ event }) => event.output } },
      },
    },
    deciding: { always: [{ guard: "ready", target: "ready" }, { target: "notReady" }] },
    ready: { tags: "settled" },
    notReady: { tags: "settled" },
  },
});
