/**
 * The life of the daemon: it answers nobody before it knows again what is true.
 *
 *   recovering ──recovered─▶ serving ──close─▶ closing ─▶ closed
 *
 * `recovered` comes when every pod found in the records has been looked at; one that hangs does not hold up the others
 * for longer than the bound. Closing takes nothing down: containers are the monitor's, records are written as they come.
 */
import { setup } from "xstate";
import type { MonoMs } from "../vocabulary/index.ts";
import { slot, waiting, type StateMeta } from "./slot.ts";

export interface DaemonInput {
  readonly id: string;
  /** When it serves even if something found in the records has not been looked at. */
  readonly patience: MonoMs;
}
export type DaemonEvent = { readonly type: "recovered" } | { readonly type: "close" };

const waits = waiting("daemon");
const own = ({ context: { id } }: { context: DaemonInput }) => ({ id });

export const daemonMachine = setup({
  types: {
    input: {} as DaemonInput,
    context: {} as DaemonInput,
    events: {} as DaemonEvent,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actors: {
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
    serve: slot<void, { readonly id: string }>("open the socket"),
    flush: slot<void, { readonly id: string }>("close the socket and flush the records"),
  },
  actions: { nothingToDo: () => {} },
}).createMachine({
  id: "daemon",
  options: { maxIterations: 1000 },
  context: ({ input }) => input,
  initial: "recovering",
  on: { recovered: { actions: "nothingToDo" } },
  states: {
    recovering: {
      meta: waits("none", "recovered", "ten seconds"),
      on: { recovered: "opening", close: "closing" },
      invoke: { src: "until", input: ({ context }) => ({ id: context.id, at: context.patience }), onDone: "opening" },
    },
    opening: {
      meta: waits("none", "serve"),
      on: { close: { actions: "nothingToDo" } }, // the socket is up in a moment; whoever closes asks again
      invoke: { src: "serve", input: own, onDone: "serving" },
    },
    serving: { tags: "settled", on: { close: "closing" } },
    closing: {
      meta: waits("none", "flush"),
      on: { close: { actions: "nothingToDo" } },
      invoke: { src: "flush", input: own, onDone: "closed", onError: "closed" },
    },
    closed: { type: "final" },
  },
});
