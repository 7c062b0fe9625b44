/**
 * One image pull, for all who ask for the same reference with the same credentials at the same time.
 *
 *   queued ─▶ resolving ─▶ fetching ─▶ queuedToUnpack ─▶ unpacking ─▶ committing ─▶ pulled
 *      └─────────┴────────────┴──────────────┴──────────────┴── fails or cancelled ─▶ discarding ─▶ failed or cancelled
 *
 * One whose actor crashed is discarded. What cannot be discarded is tried again, and nobody waits for it. `cancel` comes when the last caller has gone; the call under way is told to give up, and its end ends the state.
 */
import { assign, sendTo, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { failed, rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { endAll, taking, type Works } from "./work.ts";

export interface ImagePullInput {
  readonly id: string;
  readonly at: MonoMs;
  /** An earlier actor of this pull has crashed. */
  readonly crashed?: boolean;
}
export interface ImagePullContext extends Works<"pull"> {
  readonly id: string;
  readonly imageId: string | null;
  readonly failure: Failure | null;
  readonly cancelled: boolean;
  readonly crashed: boolean;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
export type ImagePullEvent = { readonly type: "cancel" };

type Id = { readonly id: string };
const waits = waiting("image-pull");
const own = ({ context }: { context: ImagePullContext }): Id => ({ id: context.id });
const discard = failed("discarding");
/** A call that was told to give up may have ended all the same: what nobody wants is not gone on with. */
const unlessCancelled = <Target extends string>(target: Target) =>
  [{ guard: "cancelled", target: "discarding" }, { target }] as const;
const interrupted: Failure = {
  code: "Unavailable",
  text: "the pull was interrupted by a crash of its actor; the client may ask again",
};

export const imagePullMachine = setup({
  types: {
    input: {} as ImagePullInput,
    context: {} as ImagePullContext,
    events: {} as ImagePullEvent,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actors: {
    permit: slot<void, Id>("wait for a permit to pull"),
    resolve: slot<void, Id>("resolve the reference"),
    fetch: slot<void, Id>("fetch the layers"),
    permitToUnpack: slot<void, Id>("wait for a permit to unpack"),
    unpack: slot<void, Id>("unpack the layers"),
    commit: slot<{ imageId: string }, Id>("commit the image to the store"),
    discard: slot<void, Id>("discard what was fetched"),
    until: slot<{ at: MonoMs }, Id & { readonly at: MonoMs }>("wait until a moment"),
  },
  guards: { crashed: ({ context }) => context.crashed, cancelled: ({ context }) => context.cancelled },
  actions: {
    cancelCall: sendTo("work", { type: "call.cancel" }),
    noteCancelled: assign({ cancelled: true }),
    noteImage: assign((_, { imageId }: { imageId: string }) => ({ imageId })),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    endAll: assign(({ context }) => endAll(context, context.failure)),
    nothingToDo: () => {},
  },
}).createMachine({
  id: "image-pull",
  options: { maxIterations: 1000 },
  context: ({ input: { id, at, crashed = false } }) => ({
    ...taking<"pull">("pull", undefined, at),
    id,
    imageId: null,
    failure: crashed ? interrupted : null,
    cancelled: false,
    crashed,
    trouble: null,
    tries: 0,
  }),
  initial: "choosing",
  on: { cancel: { actions: ["noteCancelled", "cancelCall"] } },
  states: {
    choosing: { always: [{ guard: "crashed", target: "discarding" }, { target: "queued" }] },
    queued: {
      meta: waits("none", "permit", "none: until another pull from the same registry ends"),
      invoke: { id: "work", src: "permit", input: own, onDone: "resolving", onError: discard },
    },
    resolving: {
      meta: waits("none", "resolve"),
      invoke: { id: "work", src: "resolve", input: own, onDone: unlessCancelled("fetching"), onError: discard },
    },
    fetching: {
      meta: waits("none", "fetch", "no byte for a minute"),
      invoke: { id: "work", src: "fetch", input: own, onDone: unlessCancelled("queuedToUnpack"), onError: discard },
    },
    queuedToUnpack: {
      meta: waits("none", "permitToUnpack", "none: permits are given back after a second"),
      invoke: { id: "work", src: "permitToUnpack", input: own, onDone: "unpacking", onError: discard },
    },
    unpacking: {
      meta: waits("none", "unpack"),
      invoke: { id: "work", src: "unpack", input: own, onDone: "committing", onError: discard },
    },
    committing: {
      on: { cancel: { actions: "nothingToDo" } }, // all the work is done: keep it
      meta: waits("none", "commit"),
      invoke: {
        id: "work",
        src: "commit",
        input: own,
        onDone: { target: "pulled", actions: { type: "noteImage", params: ({ event }) => event.output } },
        onError: discard,
      },
    },
    discarding: {
      on: { cancel: { actions: "nothingToDo" } },
      meta: waits("none", "discard"),
      invoke: {
        src: "discard",
        input: own,
        onDone: [{ guard: "cancelled", target: "cancelled" }, { target: "failed" }],
        onError: troubled("resting"),
      },
    },
    resting: {
      entry: "endAll",
      on: { cancel: { actions: "nothingToDo" } },
      meta: waits("none", "until", "backoff"),
      invoke: {
        src: "until",
        input: rested,
        onDone: "discarding",
        onError: "discarding",
      },
    },
    pulled: { type: "final", entry: "endAll" },
    failed: { type: "final", entry: "endAll" },
    cancelled: { type: "final", entry: "endAll" },
  },
});
