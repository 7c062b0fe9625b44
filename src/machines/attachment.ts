/**
 * The life of one network attachment: a pod's place in the pod network, from CNI ADD to CNI DEL.
 *
 *   intending ─▶ queued ─▶ adding ─▶ committing ─▶ attached ──detach─▶ queuedToDelete ─▶ deleting ─▶ forgetting ─▶ detached
 *                             └ fails: `failed` is told, then DEL as ever
 *
 * It outlives its sandbox's record: a reboot takes that, but leases and rules are on disk, so this record is too, and
 * DEL still comes. A failed or unfinished ADD always owes a DEL, which is tried for as long as it fails. Nothing is
 * written before DEL: stopping a pod never waits for a disk, and a DEL too many does no harm.
 */
import { assign, sendParent, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { failed, rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";

export type AttachmentPhase = "adding" | "attached";

export interface AttachmentMemo {
  readonly phase: AttachmentPhase;
  readonly ips: readonly string[];
  /** False after a reboot: the sandbox it belongs to is gone, only DEL is left to do. */
  readonly wanted: boolean;
}

export interface AttachmentInput {
  readonly id: string;
  readonly at: MonoMs;
  readonly memo?: AttachmentMemo;
}

export interface AttachmentContext {
  readonly id: string;
  readonly memo: AttachmentMemo | null;
  readonly ips: readonly string[];
  /** What it is at, over all its tries; null: nothing. It has no callers, so it is no work. */
  readonly task: { readonly verb: "attach" | "detach"; readonly since: MonoMs } | null;
  readonly failure: Failure | null;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}

export type AttachmentEvent = { readonly type: "detach"; readonly at: MonoMs };

export interface AttachmentRecordInput {
  readonly id: string;
  readonly phase: AttachmentPhase;
  readonly ips: readonly string[];
}

const waits = waiting("attachment");
type In = { readonly context: AttachmentContext };
type Id = { readonly id: string };
const own = ({ context }: In): Id => ({ id: context.id });
const recording =
  (phase: AttachmentPhase) =>
  ({ context: { id, ips } }: In): AttachmentRecordInput => ({ id, phase, ips });

export const attachmentMachine = setup({
  types: {
    input: {} as AttachmentInput,
    context: {} as AttachmentContext,
    events: {} as AttachmentEvent,
    tags: {} as "settled" | "catchingUp",
    meta: {} as StateMeta,
  },
  actors: {
    record: slot<void, AttachmentRecordInput>("record the attachment"),
    permitToAdd: slot<void, Id>("wait for a permit to add"),
    add: slot<{ ips: readonly string[] }, Id>("add the pod to its network"),
    permitToDelete: slot<void, Id>("wait for a permit to delete"),
    delete: slot<void, Id>("delete the pod from its network"),
    forgetRecord: slot<void, Id>("forget the record"),
    settlePlugins: slot<void, Id>("wait for plugins that an earlier daemon left"),
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
  },
  guards: {
    isNew: ({ context }) => context.memo === null,
    wasAttached: ({ context }) => context.memo?.phase === "attached" && context.memo.wanted,
    wasAdding: ({ context }) => context.memo?.phase === "adding" && context.memo.wanted,
  },
  actions: {
    beginDetaching: assign((_, { at }: AttachmentEvent) => ({ task: { verb: "detach" as const, since: at } })),
    // Of what has failed, or was left half done: asked for when the attachment was.
    turnBack: assign(({ context: { task } }) => ({ task: task && { verb: "detach" as const, since: task.since } })),
    endTask: assign({ task: null }),
    noteIps: assign((_, { ips }: { ips: readonly string[] }) => ({ ips })),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    noteInterrupted: assign({
      failure: {
        code: "Unavailable" as const,
        text: "adding the pod to its network was interrupted; the client may ask again",
      },
    }),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    tellAttached: sendParent(({ context: { id, ips } }: In) => ({ type: "child.at", id, state: "attached", ips })),
    tellFailed: sendParent(({ context: { id, failure } }: In) => ({ type: "child.at", id, state: "failed", failure })),
    nothingToDo: () => {},
  },
}).createMachine({
  id: "attachment",
  options: { maxIterations: 1000 },
  context: ({ input: { id, at, memo } }) => ({
    id,
    memo: memo ?? null,
    ips: memo?.ips ?? [],
    task: { verb: "attach", since: at },
    failure: null,
    trouble: null,
    tries: 0,
  }),
  initial: "choosing",
  // Once attached it says so, and its pod, which still wants it to go, says so again.
  on: { detach: { actions: "nothingToDo" } },
  states: {
    choosing: { always: [{ guard: "isNew", target: "intending" }, { target: "resuming" }] },
    resuming: {
      tags: "catchingUp",
      meta: waits("none", "settlePlugins"),
      invoke: {
        src: "settlePlugins",
        input: own,
        onDone: "deciding",
        onError: troubled("deciding"),
      },
    },
    deciding: {
      always: [
        { guard: "wasAttached", target: "attached" },
        { guard: "wasAdding", target: "failing", actions: "noteInterrupted" },
        { target: "queuedToDelete", actions: "turnBack" },
      ],
    },
    intending: {
      meta: waits("none", "record"),
      invoke: { src: "record", input: recording("adding"), onDone: "queued", onError: failed("failing") },
    },
    queued: {
      meta: waits("none", "permitToAdd", "none: permits are given back after a second"),
      invoke: { src: "permitToAdd", input: own, onDone: "adding", onError: failed("failing") },
    },
    adding: {
      meta: waits("none", "add"),
      invoke: {
        src: "add",
        input: own,
        onDone: { target: "committing", actions: { type: "noteIps", params: ({ event }) => event.output } },
        onError: failed("failing"),
      },
    },
    committing: {
      meta: waits("none", "record"),
      invoke: { src: "record", input: recording("attached"), onDone: "attached", onError: failed("failing") },
    },
    attached: {
      tags: "settled",
      entry: ["endTask", "tellAttached"],
      on: { detach: { target: "queuedToDelete", actions: { type: "beginDetaching", params: ({ event }) => event } } },
    },
    failing: { entry: "tellFailed", always: { target: "queuedToDelete", actions: "turnBack" } },
    queuedToDelete: {
      meta: waits("none", "permitToDelete", "none: permits are given back after a second"),
      invoke: { src: "permitToDelete", input: own, onDone: "deleting", onError: troubled("resting") },
    },
    deleting: {
      meta: waits("none", "delete"),
      invoke: { src: "delete", input: own, onDone: "forgetting", onError: troubled("resting") },
    },
    forgetting: {
      meta: waits("none", "forgetRecord"),
      invoke: { src: "forgetRecord", input: own, onDone: "detached", onError: troubled("resting") },
    },
    resting: {
      meta: waits("none", "until", "backoff"),
      on: { detach: "queuedToDelete" }, // whoever asks again may have mended what was wrong
      invoke: { src: "until", input: rested, onDone: "queuedToDelete", onError: "queuedToDelete" },
    },
    detached: { type: "final" },
  },
});
