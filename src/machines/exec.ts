/**
 * One command in a container, with its output kept for the caller (ExecSync) or streamed to a client (Exec).
 *
 *   preparing ─▶ spawning ─▶ running ─▶ collecting ─▶ cleaning ─▶ ended
 *                             │  ▲ └ deadline, or its caller has gone (kill) ─▶ killing ─▶ dying ─▶ collecting
 *                             ▼  │
 *                          hangingUp     its caller has gone (hangUp); a command may outlive that
 *
 * One whose actor crashed is killed: what it had heard is gone. What cannot be cleaned is tried again, and nobody waits for it.
 *
 * The monitor is the parent of the command and tells its exit; the output lies in FIFOs, or a terminal, that the daemon reads.
 */
import { assign, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { Exit, MonoMs } from "../vocabulary/index.ts";
import type { Init } from "./container-recovery.ts";
import { failed, rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { endAll, taking, type Works } from "./work.ts";

/**
 * What becomes of a command whose caller has gone: it is killed, its terminal hangs up, or it goes on, with nobody listening.
 */
export type WhenGone = "kill" | "hangUp" | "goOn";

export interface ExecInput {
  readonly id: string;
  readonly containerId: string;
  readonly at: MonoMs;
  /** When the command is to be killed; null: never by time. */
  readonly deadline: MonoMs | null;
  readonly whenGone: WhenGone;
  /** An earlier actor of this exec has crashed. */
  readonly crashed?: boolean;
}
export interface ExecContext extends Works<"exec"> {
  readonly id: string;
  readonly containerId: string;
  readonly deadline: MonoMs | null;
  readonly whenGone: WhenGone;
  readonly process: Init | null;
  readonly exit: Exit | null;
  readonly overdue: boolean;
  /** Its caller has gone, and nothing was done about it yet. */
  readonly cancelled: boolean;
  readonly crashed: boolean;
  readonly failure: Failure | null;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
export type ExecEvent = { readonly type: "execExited"; readonly exit: Exit } | { readonly type: "cancel" };

type In = { readonly context: ExecContext };
type Own = { readonly id: string; readonly containerId: string };
const waits = waiting("exec");
const own = ({ context: { id, containerId } }: In): Own => ({ id, containerId });
const giveUp = failed("cleaning");
const interrupted: Failure = {
  code: "Unavailable",
  text: "the command was interrupted by a crash of its actor; the client may ask again",
};
/** So far off that no timer is armed for it. */
const NEVER: MonoMs = Number.MAX_SAFE_INTEGER;
const DYING_MS = 5_000;

export const execMachine = setup({
  types: {
    input: {} as ExecInput,
    context: {} as ExecContext,
    events: {} as ExecEvent,
    tags: {} as "settled",
    meta: {} as StateMeta,
  },
  actors: {
    prepare: slot<void, Own>("write the process file and make the FIFOs"),
    spawn: slot<Init, Own>("start the command in the container"),
    until: slot<{ at: MonoMs }, { readonly id: string; readonly at: MonoMs }>("wait until a moment"),
    kill: slot<{ at: MonoMs }, Own & { readonly process: Init | null }>("kill the command and its children"),
    hangUp: slot<void, Own>("hang up the command's terminal"),
    collect: slot<void, Own>("read the rest of the output"),
    clean: slot<void, Own>("remove the process file and the FIFOs"),
  },
  guards: {
    exited: ({ context }) => context.exit !== null,
    toBeKilled: ({ context }) => context.cancelled && context.whenGone === "kill",
    toBeHungUp: ({ context }) => context.cancelled && context.whenGone === "hangUp",
    crashed: ({ context }) => context.crashed,
  },
  actions: {
    noteProcess: assign((_, process: Init) => ({ process })),
    noteExit: assign((_, exit: Exit) => ({ exit })),
    noteCancelled: assign({ cancelled: true }),
    noteHungUp: assign({ cancelled: false }),
    noteOverdue: assign({ overdue: true }),
    noteKilled: assign((_, { at }: { at: MonoMs }) => ({ deadline: at })),
    noteFailure: assign((_, { code, text }: TimedFailure) => ({ failure: { code, text } })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({ trouble, tries: context.tries + 1 })),
    endAll: assign(({ context }) => endAll(context, context.failure)),
  },
}).createMachine({
  id: "exec",
  options: { maxIterations: 1000 },
  context: ({ input: { id, containerId, at, deadline, whenGone, crashed = false } }) => ({
    ...taking<"exec">("exec", undefined, at),
    id,
    containerId,
    deadline,
    whenGone,
    process: null,
    exit: null,
    overdue: false,
    cancelled: false,
    crashed,
    failure: crashed ? interrupted : null,
    trouble: null,
    tries: 0,
  }),
  initial: "choosing",
  on: {
    execExited: { actions: { type: "noteExit", params: ({ event }) => event.exit } },
    cancel: { actions: "noteCancelled" },
  },
  states: {
    choosing: { always: [{ guard: "crashed", target: "killing" }, { target: "preparing" }] },
    preparing: {
      meta: waits("none", "prepare"),
      invoke: { src: "prepare", input: own, onDone: "spawning", onError: giveUp },
    },
    spawning: {
      meta: waits("none", "spawn"),
      invoke: {
        src: "spawn",
        input: own,
        onDone: { target: "running", actions: { type: "noteProcess", params: ({ event }) => event.output } },
        onError: giveUp,
      },
    },
    running: {
      meta: { ...waits("none", "execExited", "deadline"), clients: true },
      always: [
        { guard: "exited", target: "collecting" },
        { guard: "toBeKilled", target: "killing" },
        { guard: "toBeHungUp", target: "hangingUp" },
      ],
      invoke: {
        src: "until",
        input: ({ context }) => ({ id: context.id, at: context.deadline ?? NEVER }),
        onDone: { target: "killing", actions: "noteOverdue" },
      },
    },
    hangingUp: {
      meta: waits("none", "hangUp"),
      invoke: {
        src: "hangUp",
        input: own,
        onDone: { target: "running", actions: "noteHungUp" },
        onError: { target: "running", actions: "noteHungUp" },
      },
    },
    killing: {
      meta: waits("none", "kill"),
      invoke: {
        src: "kill",
        input: ({ context }) => ({ ...own({ context }), process: context.process }),
        onDone: { target: "dying", actions: { type: "noteKilled", params: ({ event }) => event.output } },
        onError: giveUp,
      },
    },
    dying: {
      meta: waits("none", "execExited", `${DYING_MS / 1000} s after the kill`),
      always: { guard: "exited", target: "collecting" },
      invoke: {
        src: "until",
        input: ({ context }) => ({ id: context.id, at: (context.deadline ?? 0) + DYING_MS }),
        onDone: "collecting",
      },
    },
    collecting: {
      meta: waits("none", "collect"),
      invoke: { src: "collect", input: own, onDone: "cleaning", onError: giveUp },
    },
    // All that the caller wants to know is known.
    cleaning: {
      entry: "endAll",
      meta: waits("none", "clean"),
      invoke: { src: "clean", input: own, onDone: "ended", onError: troubled("resting") },
    },
    resting: {
      meta: waits("none", "until", "backoff"),
      invoke: {
        src: "until",
        input: rested,
        onDone: "cleaning",
        onError: "cleaning",
      },
    },
    ended: { type: "final" },
  },
});
