/**
 * One image pull, for all who ask for the same reference with the same credentials at the same time.
 *
 *   queued ─▶ resolving ─▶ fetching ─▶ queuedToUnpack ─▶ unpacking ─▶ committing ─▶ pulled
 *      └─────────┴────────────┴──────────────┴──────────────┴── fails or cancelled ─▶ discarding ─▶ failed
 *
 * `cancel` comes when the last caller has gone; the call under way is told to give up, and its end ends the state.
 */
import { assign, sendTo, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { failed, slot, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { endAll, taking, type Works } from "./work.ts";

export interface ImagePullInput {
  readonly id: string;
  readonly at: MonoMs;
}
export interface ImagePullContext extends Works<"pull"> {
  readonly id: string;
  readonly imageId: string | null;
  readonly failure: Failure | null;
  readonly cancelled: boolean;
}
export type ImagePullEvent = { readonly type: "cancel" };

type Id = { readonly id: string };
const waits = waiting("image-pull");
const own = ({ context }: { context: ImagePullContext }): Id => ({ id: context.id });
const discard = failed("discarding");

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
  },
  guards: { cancelled: ({ context }) => context.cancelled },
  actions: {
    cancelCall: sendTo("work", { type: "call.cancel" }),
    noteCancelled: assign({ cancelled: true }),
    noteImage: assign((_, { imageId }: { imageId: string }) => ({ imageId })),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    endAll: assign(({ context }) => endAll(context, context.failure)),
    nothingToDo: () => {},
  },
}).createMachine({
  id: "image-pull",
  options: { maxIterations: 1000 },
  context: ({ input: { id, at } }) => ({
    ...taking<"pull">("pull", undefined, at),
    id,
    imageId: null,
    failure: null,
    cancelled: false,
  }),
  initial: "queued",
  on: { cancel: { actions: ["noteCancelled", "cancelCall"] } },
  states: {
    queued: {
      meta: waits("none", "permit", "none: until another pull from this node ends"),
      invoke: { id: "work", src: "permit", input: own, onDone: "resolving", onError: discard },
    },
    resolving: {
      meta: waits("none", "resolve"),
      invoke: { id: "work", src: "resolve", input: own, onDone: "fetching", onError: discard },
    },
    fetching: {
      meta: waits("none", "fetch", "no byte for a minute"),
      invoke: { id: "work", src: "fetch", input: own, onDone: "queuedToUnpack", onError: discard },
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
      invoke: { src: "discard", input: own, onDone: "failed", onError: "failed" },
    },
    pulled: { type: "final", entry: "endAll" },
    failed: { type: "final", entry: "endAll" },
  },
});
