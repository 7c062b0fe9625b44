/**
 * One client before a running container (Attach): a copy of what it writes from now on, and a way to its stdin.
 *
 *   preparing ─▶ joining ─▶ attached ─▶ leaving ─▶ ended
 *                            │  ▲ └ the container's streams have ended, it was cut off, or its client has gone
 *                            ▼  │
 *                       closingInput     the client's input has ended, and with it the container's (stdin_once)
 *
 * The container never waits for it. What cannot be let go of is tried again, and nobody waits for that.
 */
import { assign, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { failed, rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { endAll, taking, type Works } from "./work.ts";

/** How a copy ended: with the container's streams, cut off for its slow reader, or with whoever made it. */
export type Detached = "ended" | "slow" | "gone";

export interface AttachInput {
  readonly id: string;
  readonly containerId: string;
  readonly at: MonoMs;
  /** The container's stdin ends with the client's. */
  readonly closesInput: boolean;
  /** An earlier actor of this attach has crashed. */
  readonly crashed?: boolean;
}
export interface AttachContext extends Works<"attach"> {
  readonly id: string;
  readonly containerId: string;
  readonly closesInput: boolean;
  readonly detached: Detached | null;
  readonly inputEnded: boolean;
  readonly inputClosed: boolean;
  readonly cancelled: boolean;
  readonly crashed: boolean;
  readonly failure: Failure | null;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
export type AttachEvent =
  { readonly type: "detached"; readonly why: Detached } | { readonly type: "inputEnded" } | { readonly type: "cancel" };

type In = { readonly context: AttachContext };
type Own = { readonly id: string; readonly containerId: string };
const waits = waiting("attach");
const own = ({ context: { id, containerId } }: In): Own => ({ id, containerId });
const giveUp = failed("leaving");
const interrupted: Failure = {
  code: "Unavailable",
  text: "the client was cut off by a crash of its actor; the container goes on, and it may attach again",
};
const causes: Readonly<Record<Detached, Failure | null>> = {
  ended: null,
  slow: { code: "Exhausted", text: "the client has not taken the output in time and was cut off; it may attach again" },
  gone: { code: "Unavailable", text: "the monitor went away; the container goes on, and the client may attach again" },
};

export const attachMachine = setup({
  types: {
    input: {} as AttachInput,
    context: {} as AttachContext,
    events: {} as AttachEvent,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actors: {
    prepare: slot<void, Own>("make the FIFOs of the copies"),
    join: slot<void, Own>("have the container's output copied, and open its stdin"),
    closeInput: slot<void, Own>("bring the container's stdin to its end"),
    leave: slot<void, Own>("end the copies and remove the FIFOs"),
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
  },
  guards: {
    crashed: ({ context }) => context.crashed,
    isOver: ({ context }) => context.detached !== null || context.cancelled,
    // A client that has gone sends no more either.
    inputIsToClose: ({ context }) =>
      context.closesInput && !context.inputClosed && !context.detached && (context.inputEnded || context.cancelled),
    inputEnded: ({ context }) => context.inputEnded && !context.closesInput,
  },
  actions: {
    noteDetached: assign(({ context }, why: Detached) => ({
      detached: why,
      failure: context.failure ?? causes[why],
    })),
    noteInputEnded: assign({ inputEnded: true }),
    noteInputClosed: assign({ inputClosed: true }),
    noteCancelled: assign({ cancelled: true }),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    endAll: assign(({ context }) => endAll(context, context.failure)),
  },
}).createMachine({
  id: "attach",
  options: { maxIterations: 1000 },
  context: ({ input: { id, containerId, at, closesInput, crashed = false } }) => ({
    ...taking<"attach">("attach", undefined, at),
    id,
    containerId,
    closesInput,
    detached: null,
    inputEnded: false,
    inputClosed: false,
    cancelled: false,
    crashed,
    failure: crashed ? interrupted : null,
    trouble: null,
    tries: 0,
  }),
  initial: "choosing",
  on: {
    detached: { actions: { type: "noteDetached", params: ({ event }) => event.why } },
    inputEnded: { actions: "noteInputEnded" },
    cancel: { actions: "noteCancelled" },
  },
  states: {
    choosing: { always: [{ guard: "crashed", target: "leaving" }, { target: "preparing" }] },
    preparing: {
      meta: waits("none", "prepare"),
      invoke: { src: "prepare", input: own, onDone: "joining", onError: giveUp },
    },
    joining: {
      meta: waits("none", "join"),
      invoke: { src: "join", input: own, onDone: "attached", onError: giveUp },
    },
    attached: {
      meta: { ...waits("none", "detached", "the container's life, or the client's"), clients: true },
      always: [
        { guard: "inputIsToClose", target: "closingInput" },
        { guard: "isOver", target: "leaving" },
        { guard: "inputEnded", target: "leaving" },
      ],
    },
    closingInput: {
      meta: waits("none", "closeInput"),
      invoke: {
        src: "closeInput",
        input: own,
        onDone: { target: "attached", actions: "noteInputClosed" },
        onError: giveUp,
      },
    },
    leaving: {
      meta: waits("none", "leave"),
      invoke: { src: "leave", input: own, onDone: "ended", onError: troubled("resting") },
    },
    resting: {
      entry: "endAll",
      meta: waits("none", "until", "backoff"),
      invoke: {
        src: "until",
        input: rested,
        onDone: "leaving",
        onError: "leaving",
      },
    },
    ended: { type: "final", entry: "endAll" },
  },
});
