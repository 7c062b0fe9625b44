/** The words of the container's chart (container.ts): context, events, slots, guards and actions. */
import { assign, sendParent, sendTo, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { Exit, MonoMs } from "../vocabulary/index.ts";
import {
  isDoubtful,
  recoverContainer,
  type ContainerFound,
  type ContainerMemo,
  type Init,
  type Limits,
  type Looked,
} from "./container-recovery.ts";
import { slot, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { beginBy, beginNext, end, endAll, endNext, joinBy, remembering, taking, type Works } from "./work.ts";

export type ContainerVerb = "create" | "start" | "update" | "checkpoint" | "stop" | "remove";
export type ContainerPhase =
  ("creating" | "created" | "starting" | "running" | "updating") | ("stopping" | "stopped" | "removing");

export interface ContainerInput {
  readonly id: string;
  readonly at: MonoMs;
  /** The record of a container that an earlier actor left; absent for a new one. */
  readonly memo?: ContainerMemo;
}

export interface ContainerContext extends Works<ContainerVerb> {
  readonly id: string;
  readonly memo: ContainerMemo | null;
  readonly found: ContainerFound;
  readonly init: Init | null;
  readonly started: boolean;
  /** The stop signal has been sent. */
  readonly asked: boolean;
  readonly exit: Exit | null;
  /** When StopContainer's patience ends; it only ever comes nearer. */
  readonly deadline: MonoMs | null;
  /** Why the last work failed; of a start, it stays for the status to tell. */
  readonly failure: Failure | null;
  /** What became of the limits by the last update. */
  readonly limits: Limits;
  /** Why the update under way has come to nothing. */
  readonly refusal: Failure | null;
  /** The last thing that went wrong and is being tried again. */
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}

export type ContainerEvent =
  | { readonly type: "start"; readonly at: MonoMs }
  | { readonly type: "update"; readonly at: MonoMs }
  | { readonly type: "checkpoint"; readonly at: MonoMs; readonly patienceMs: number }
  | { readonly type: "stop"; readonly at: MonoMs; readonly deadline: MonoMs }
  | { readonly type: "remove"; readonly at: MonoMs }
  | { readonly type: "exited"; readonly exit: Exit };

export type ContainerRecordInput = ContainerMemo & { readonly id: string };
type Id = { readonly id: string };
type Until = { readonly id: string; readonly at: MonoMs };

export const contextOf = ({ id, memo, at }: ContainerInput): ContainerContext => ({
  ...taking<ContainerVerb>("create", memo, at, memo?.refusal),
  id,
  memo: memo ?? null,
  found: {},
  init: memo?.init ?? null,
  started: memo?.started ?? false,
  asked: memo?.asked ?? false,
  exit: memo?.exit ?? null,
  deadline: memo?.deadline ?? null,
  failure: memo?.failure ?? null,
  limits: memo?.limits ?? "kept",
  refusal: null,
  trouble: null,
  tries: 0,
});

/** Phases whose commit is the result of a work. */
const RESTING: readonly ContainerPhase[] = ["created", "running", "stopped"];

/** What is recorded at a commit of `phase`. */
export const recording =
  (phase: ContainerPhase) =>
  ({ context }: { context: ContainerContext }): ContainerRecordInput => {
    const { id, work, init, started, asked, exit, deadline, failure, limits } = context;
    const refusal = work?.verb === "start" ? failure : context.refusal;
    return {
      id,
      phase,
      ...remembering(context, RESTING.includes(phase)),
      init,
      started,
      asked,
      exit,
      deadline,
      failure,
      limits,
      ...(refusal && { refusal }),
    };
  };

const stuckInKernel = (at: MonoMs): TimedFailure => ({
  code: "Overdue",
  text: "the process has not ended after SIGKILL: the kernel may hold it in an uninterruptible wait",
  at,
});

const unrestored = (refusal: Failure | null, { code, text }: TimedFailure): Failure => ({
  code: refusal?.code ?? code,
  text: `${refusal?.text ?? ""}; what was before could not be put back, so that its limits are in doubt: ${text}`,
});

export const containerSetup = setup({
  types: {
    input: {} as ContainerInput,
    context: {} as ContainerContext,
    events: {} as ContainerEvent,
    tags: {} as "settled" | "catchingUp",
    meta: {} as StateMeta,
  },
  actors: {
    record: slot<void, ContainerRecordInput>("record the container"),
    mountRootfs: slot<void, Id>("mount the root filesystem"),
    writeBundle: slot<void, Id>("write the bundle"),
    create: slot<Init, Id>("create the container in the OCI runtime"),
    start: slot<void, Id>("start the container"),
    update: slot<void, Id>("apply the limits that are wanted"),
    restore: slot<void, Id>("apply the limits that were before"),
    checkpoint: slot<void, Id & { readonly patienceMs: number }>("write the container to an archive"),
    ask: slot<void, Id>("send the stop signal"),
    force: slot<{ at: MonoMs }, Id>("send SIGKILL"),
    until: slot<{ at: MonoMs }, Until>("wait until a moment"),
    drain: slot<void, Id>("wait for the rest of the output"),
    acknowledge: slot<void, Id>("take over the exit from the monitor"),
    deleteInRuntime: slot<void, Id>("delete the container in the OCI runtime"),
    removeCgroup: slot<void, Id>("remove the cgroup"),
    closeStreams: slot<void, Id>("close the streams"),
    removeBundle: slot<void, Id>("remove the bundle"),
    unmountRootfs: slot<void, Id>("unmount the root filesystem"),
    forgetRecord: slot<void, Id>("forget the record"),
    settleRuntime: slot<void, Id>("wait for commands of the OCI runtime that nobody waits for any more"),
    askRuntime: slot<ContainerFound["status"] | null, Id>("ask the OCI runtime"),
    look: slot<Looked, Id & { readonly init: Init | null }>("look for the process"),
  },
  guards: {
    isNew: ({ context }) => context.memo === null,
    startUnderWay: ({ context }) => context.memo?.phase === "starting",
    exited: ({ context }) => context.exit !== null,
    hasStarted: ({ context }) => context.started,
    neverStarted: ({ context }) => !context.started && context.work?.verb !== "start",
    sooner: ({ context, event }) =>
      event.type === "stop" && (context.deadline === null || event.deadline < context.deadline),
    removalUnderWay: ({ context }) => context.work?.verb === "remove",
    undoing: ({ context }) => context.work?.verb === "create",
    removalWaits: ({ context }) => context.next?.verb === "remove",
    stopWaits: ({ context }) => context.next?.verb === "stop",
    patienceOver: ({ context }, { at }: { at: MonoMs }) => at >= (context.deadline ?? 0),
    goneOrExited: (_, looked: Looked) => looked.is === "exited",
    doubtful: ({ context }, looked: Looked) => context.memo !== null && isDoubtful(context.memo, context.found, looked),
    // Nothing was under way: there is nothing to write down.
    runsAsRecorded: ({ context: { memo } }) => memo?.phase === "running" && memo.verb === null,
    recoveredAs: ({ context }, { phase }: { phase: string }) =>
      context.memo !== null && recoverContainer(context.memo, context.found).as === phase,
  },
  actions: {
    begin: assign(({ context, event }) => ({ ...beginBy(context, event), failure: null })),
    beginUpdate: assign(({ context, event }) => ({
      ...beginBy(context, event),
      refusal: null,
      limits: context.limits === "doubtful" ? "doubtful" : "kept",
    })),
    noteApplied: assign({ limits: "changed" }),
    noteRestored: assign({ limits: "kept" }),
    noteRefusal: assign(({ context }, { code, text }: TimedFailure) => ({
      refusal: context.refusal ?? { code, text },
    })),
    noteDoubt: assign(({ context }, failure: TimedFailure) => ({
      limits: "doubtful",
      refusal: unrestored(context.refusal, failure),
    })),
    endUpdate: assign(({ context }) => ({ ...end(context, context.refusal), refusal: null })),
    callOff: sendTo("checkpoint", { type: "call.cancel" }),
    join: assign(({ context, event }) => joinBy(context, event)),
    beginNext: assign(({ context }) => beginNext(context)),
    endFailing: assign(({ context }, { code, text }: TimedFailure) => end(context, { code, text })),
    end: assign(({ context }) => end(context, context.failure)),
    endUnlessRemoving: assign(({ context }) => (context.work?.verb === "remove" ? {} : end(context, context.failure))),
    endNext: assign(({ context }) => endNext(context)),
    endAll: assign(({ context }) => endAll(context, context.work?.verb === "create" ? context.failure : null)),
    bringNearer: assign(({ context, event }) => {
      if (event.type !== "stop" && event.type !== "remove") return {};
      const deadline = event.type === "stop" ? event.deadline : event.at;
      return { deadline: context.deadline === null ? deadline : Math.min(context.deadline, deadline) };
    }),
    noteInit: assign((_, init: Init) => ({ init })),
    noteStarted: assign({ started: true }),
    noteAsked: assign({ asked: true }),
    noteExit: assign(({ context }, exit: Exit) => ({ exit: context.exit ?? exit })),
    noteLookedExit: assign(({ context }, looked: Looked) =>
      looked.is === "exited" ? { exit: context.exit ?? looked.exit } : {},
    ),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    noteForced: assign(({ context }, { at }: { at: MonoMs }) => ({
      tries: context.tries + 1,
      trouble: stuckInKernel(at),
    })),
    forgetTrouble: assign({ trouble: null, tries: 0 }),
    noteStatus: assign(({ context }, status: ContainerFound["status"] | null) => ({
      found: { ...context.found, ...(status ? { status } : {}), answered: true },
    })),
    noteLooked: assign(({ context }, looked: Looked) => ({ found: { ...context.found, looked } })),
    recall: assign(({ context }) => {
      if (!context.memo) return {};
      const { exit, started, failure, refusal } = recoverContainer(context.memo, context.found);
      return {
        ...(refusal && end(context, refusal)),
        exit: exit ?? context.exit,
        started: started ?? context.started,
        failure: failure ?? context.failure,
      };
    }),
    announce: sendParent(({ context }, { state }: { state: string }) => ({ type: "child.at", id: context.id, state })),
    nothingToDo: () => {},
  },
});

export const waits = waiting("container");

export const own = ({ context }: { context: ContainerContext }) => ({ id: context.id });
export const looking = ({ context }: { context: ContainerContext }) => ({ id: context.id, init: context.init });

/** Commands that find work under way join it, or wait behind it. */
export const joining = { stop: { actions: "join" }, remove: { actions: "join" } } as const;
/** Where the program runs, or may: a stop and a removal bring its end nearer. */
export const hastening = {
  stop: { actions: ["join", "bringNearer"] },
  remove: { actions: ["join", "bringNearer"] },
} as const;
