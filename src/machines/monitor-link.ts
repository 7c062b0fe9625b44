/**
 * The daemon's link to the monitor: found or started, lost, found again.
 *
 *   connecting ─▶ connected ──lost─▶ resting ─▶ connecting
 *                    └ upgrade ─▶ upgrading ─▶ connected
 *
 * Containers do not depend on it: while it is down exits are seen by pidfd, and only new containers have to wait.
 */
import { assign, setup } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { rested, slot, troubled, waiting, type StateMeta, type TimedFailure } from "./slot.ts";
import { beginBy, end, type Works } from "./work.ts";

export interface MonitorLinkContext extends Works<"upgrade"> {
  readonly id: string;
  readonly pid: number | null;
  readonly failure: Failure | null;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
export type MonitorLinkEvent =
  | { readonly type: "lost"; readonly reason: string; readonly at: MonoMs }
  | { readonly type: "upgrade"; readonly at: MonoMs };

type Id = { readonly id: string };
type Greeting = { readonly pid: number };
const waits = waiting("monitor-link");
const own = ({ context }: { context: MonitorLinkContext }): Id => ({ id: context.id });
const reconnect = troubled("resting");

export const monitorLinkMachine = setup({
  types: {
    input: {} as Id,
    context: {} as MonitorLinkContext,
    events: {} as MonitorLinkEvent,
    tags: {} as "settled" | "catchingUp",
    meta: {} as StateMeta,
  },
  actors: {
    connect: slot<Greeting, Id>("connect to the monitor"),
    upgrade: slot<Greeting, Id>("upgrade the monitor in place"),
    until: slot<{ at: MonoMs }, Id & { readonly at: MonoMs }>("wait until a moment"),
  },
  actions: {
    begin: assign(({ context, event }) => beginBy(context, event)),
    end: assign(({ context }) => ({ ...end(context, context.failure), failure: null })),
    noteGreeting: assign((_, { pid }: Greeting) => ({ pid, trouble: null, tries: 0 })),
    noteLost: assign(({ context }, { reason, at }: { reason: string; at: MonoMs }) => ({
      pid: null,
      trouble: { code: "Unavailable" as const, text: reason, at },
      tries: context.tries + 1,
    })),
    noteTrouble: assign(({ context }, trouble: TimedFailure) => ({
      trouble,
      tries: context.tries + 1,
      failure: context.work ? { code: trouble.code, text: trouble.text } : null,
    })),
    nothingToDo: () => {},
  },
}).createMachine({
  id: "monitor-link",
  options: { maxIterations: 1000 },
  context: ({ input: { id } }) => ({
    id,
    work: null,
    next: null,
    ended: [],
    pid: null,
    failure: null,
    trouble: null,
    tries: 0,
  }),
  initial: "connecting",
  on: { lost: { actions: "nothingToDo" } },
  states: {
    connecting: {
      tags: "catchingUp",
      meta: waits("none", "connect"),
      invoke: {
        src: "connect",
        input: own,
        onDone: { target: "connected", actions: { type: "noteGreeting", params: ({ event }) => event.output } },
        onError: reconnect,
      },
    },
    connected: {
      tags: "settled",
      on: {
        lost: { target: "resting", actions: { type: "noteLost", params: ({ event }) => event } },
        upgrade: { target: "upgrading", actions: "begin" },
      },
    },
    upgrading: {
      meta: waits("none", "upgrade"),
      on: { upgrade: { actions: "nothingToDo" } }, // whoever asks now waits for the same end
      invoke: {
        src: "upgrade",
        input: own,
        onDone: {
          target: "connected",
          actions: [{ type: "noteGreeting", params: ({ event }) => event.output }, "end"],
        },
        onError: {
          target: "resting",
          actions: [{ type: "noteTrouble", params: ({ event }) => event.error as TimedFailure }, "end"],
        },
      },
    },
    resting: {
      meta: waits("none", "until", "backoff"),
      invoke: {
        src: "until",
        input: rested,
        onDone: "connecting",
        onError: "connecting",
      },
    },
  },
});
