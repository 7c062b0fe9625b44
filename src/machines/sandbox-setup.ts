/** The words of the sandbox's chart (sandbox.ts): context, events, slots, guards and actions. */
import { assign, sendParent, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { Exit, MonoMs } from "../vocabulary/index.ts";
import type { Init } from "./container-recovery.ts";
import { recoverSandbox, type SandboxFound, type SandboxMemo } from "./sandbox-recovery.ts";
import { slot, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { beginBy, beginNext, end, endAll, endNext, joinBy, remembering, taking, type Works } from "./work.ts";

export type SandboxVerb = "create" | "stop" | "remove";
export type SandboxPhase = "creating" | "ready" | "stopping" | "stopped" | "removing";

export interface SandboxInput {
  readonly id: string;
  readonly at: MonoMs;
  readonly hostNetwork: boolean;
  /** The pod shares one process namespace: it needs an infra process. */
  readonly sharesProcesses: boolean;
  /** The record of a sandbox that an earlier actor left; absent for a new one. */
  readonly memo?: SandboxMemo;
}

export interface SandboxContext extends Works<SandboxVerb> {
  readonly id: string;
  readonly memo: SandboxMemo | null;
  readonly found: SandboxFound;
  readonly hostNetwork: boolean;
  readonly sharesProcesses: boolean;
  readonly infra: Init | null;
  /** The infra process has ended, and with it the pod's process namespace. */
  readonly infraEnded: boolean;
  /** Asked for by this actor, and there. */
  readonly attached: boolean;
  readonly ips: readonly string[];
  readonly failure: Failure | null;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}

export type SandboxEvent =
  | { readonly type: "stop"; readonly at: MonoMs }
  | { readonly type: "remove"; readonly at: MonoMs }
  /** The pod's answers to what the sandbox asks of it. */
  | { readonly type: "attached"; readonly ips: readonly string[] }
  | { readonly type: "attachFailed"; readonly failure: Failure }
  | { readonly type: "detached" }
  | { readonly type: "emptied" }
  | { readonly type: "cleared" }
  /** The infra process has ended; the monitor's word. */
  | { readonly type: "exited"; readonly exit: Exit };

export type SandboxRecordInput = SandboxMemo & { readonly id: string };
type Id = { readonly id: string };

export const contextOf = ({ id, memo, at, hostNetwork, sharesProcesses }: SandboxInput): SandboxContext => ({
  ...taking<SandboxVerb>("create", memo, at),
  id,
  memo: memo ?? null,
  found: {},
  hostNetwork: memo?.hostNetwork ?? hostNetwork,
  sharesProcesses: memo?.sharesProcesses ?? sharesProcesses,
  infra: memo?.infra ?? null,
  infraEnded: false,
  attached: false,
  ips: memo?.ips ?? [],
  failure: memo?.failure ?? null,
  trouble: null,
  tries: 0,
});

/** Phases whose commit is the result of a work. */
const RESTING: readonly SandboxPhase[] = ["ready", "stopped"];

/** What is recorded at a commit of `phase`. */
export const recording =
  (phase: SandboxPhase) =>
  ({ context }: { context: SandboxContext }): SandboxRecordInput => {
    const { id, hostNetwork, sharesProcesses, infra, ips, failure } = context;
    return {
      id,
      phase,
      ...remembering(context, RESTING.includes(phase)),
      hostNetwork,
      sharesProcesses,
      infra,
      ips,
      failure,
    };
  };

export const sandboxSetup = setup({
  types: {
    input: {} as SandboxInput,
    context: {} as SandboxContext,
    events: {} as SandboxEvent,
    tags: {} as "settled" | "catchingUp",
    meta: {} as StateMeta,
  },
  actors: {
    record: slot<void, SandboxRecordInput>("record the sandbox"),
    pin: slot<void, Id>("make and pin the namespaces"),
    prepareFiles: slot<void, Id>("prepare the sandbox's files"),
    unpin: slot<void, Id>("unpin the namespaces"),
    removeFiles: slot<void, Id>("remove the sandbox's files"),
    removeCgroup: slot<void, Id>("remove the cgroup parent that Troupe made"),
    forgetRecord: slot<void, Id>("forget the record"),
    writeInfra: slot<void, Id>("write the infra process's bundle"),
    createInfra: slot<Init, Id>("create the infra process"),
    startInfra: slot<void, Id>("start the infra process"),
    deleteInfra: slot<void, Id>("end the infra process"),
    clearInfra: slot<void, Id>("remove the infra process's cgroup"),
    closeInfra: slot<void, Id>("close the infra process's streams"),
    settleInfra: slot<void, Id>("wait for commands about the infra process that nobody waits for any more"),
    removeInfra: slot<void, Id>("remove the infra process's bundle"),
    look: slot<SandboxFound, Id & { readonly infra: Init | null }>(
      "look for the pins, the network and the infra process",
    ),
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
  },
  guards: {
    isNew: ({ context }) => context.memo === null,
    hostNetwork: ({ context }) => context.hostNetwork,
    sharesProcesses: ({ context }) => context.sharesProcesses,
    isOnNetwork: ({ context }) => context.hostNetwork || context.attached,
    hasFailed: ({ context }) => context.failure !== null,
    infraEnded: ({ context }) => context.infraEnded,
    removalUnderWay: ({ context }) => context.work?.verb === "remove",
    undoing: ({ context }) => context.work?.verb === "create",
    removalWaits: ({ context }) => context.next?.verb === "remove",
    stopWaits: ({ context }) => context.next?.verb === "stop",
    recoveredAs: ({ context }, { phase }: { phase: string }) =>
      context.memo !== null && recoverSandbox(context.memo, context.found).as === phase,
  },
  actions: {
    begin: assign(({ context, event }) => ({ ...beginBy(context, event), failure: null })),
    join: assign(({ context, event }) => joinBy(context, event)),
    beginNext: assign(({ context }) => beginNext(context)),
    end: assign(({ context }) => end(context, context.failure)),
    endUnlessRemoving: assign(({ context }) => (context.work?.verb === "remove" ? {} : end(context, context.failure))),
    endNext: assign(({ context }) => endNext(context)),
    endAll: assign(({ context }) => endAll(context, context.work?.verb === "create" ? context.failure : null)),
    noteInfra: assign((_, infra: Init) => ({ infra })),
    noteInfraEnded: assign({ infraEnded: true }),
    noteAttached: assign((_, { ips }: { ips: readonly string[] }) => ({ attached: true, ips })),
    noteFailure: assign((_, { code, text }: Failure) => ({ failure: { code, text } })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    forgetTrouble: assign({ trouble: null, tries: 0 }),
    noteFound: assign((_, found: SandboxFound) => ({ found })),
    recall: assign(({ context }) =>
      context.memo ? { failure: recoverSandbox(context.memo, context.found).failure ?? context.failure } : {},
    ),
    askPod: sendParent(({ context }, { what }: { what: "attach" | "detach" | "empty" | "clear" }) => ({
      type: `ask.${what}`,
      id: context.id,
    })),
    nothingToDo: () => {},
  },
});

export const waits = waiting("sandbox");
export const own = ({ context }: { context: SandboxContext }) => ({ id: context.id });
export const looking = ({ context: { id, infra } }: { context: SandboxContext }) => ({ id, infra });

/** Commands that find work under way join it, or wait behind it. */
export const joining = { stop: { actions: "join" }, remove: { actions: "join" } } as const;
/** Whoever asks again may have mended what was wrong: what rests after a failure is tried at once, */
export const tryAgain = <Target extends string>(target: Target) =>
  ({ stop: { target, actions: "join" }, remove: { target, actions: "join" } }) as const;
/** and so is what others of the pod do for us. */
export const askAgain = (what: "detach" | "empty" | "clear") => {
  const again = { actions: ["join", { type: "askPod", params: { what } }] } as const;
  return { stop: again, remove: again } as const;
};
