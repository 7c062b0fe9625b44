/**
 * A supervisor: owns children, starts them anew when they crash, and gives up on one that crashes too often.
 *
 * One-for-one only, and budgets are per child: a poisoned pod never takes another with it. A child whose budget is spent
 * is quarantined (`isolate`), where the operator's `retry` takes it out again, or fails its supervisor.
 * A restart is a recovery: what the child is given is asked for anew (`renew`), never what it was first given.
 *
 * The only file that knows how XState reports a dead child, and that one that threw leaves its own children running.
 */
import { assign, enqueueActions, setup, type AnyActorLogic, type AnyActorRef, type AnyEventObject } from "xstate";
import { forgetful } from "./forgetful.ts";

export interface ChildSpec {
  readonly kind: string;
  readonly id: string;
  readonly input: object;
}

/** vital: its crash fails the supervisor. permanent: always there. transient: again after a crash. */
export type Restart = "vital" | "permanent" | "transient";

export interface ChildKind {
  readonly logic: AnyActorLogic;
  readonly restart: Restart;
}

/** What a supervisor does besides supervising: a pure step from what its children say to what they are told. */
export interface Mind<State> {
  readonly initial: State;
  react(state: State, event: AnyEventObject, children: readonly ChildSpec[]): Decision<State>;
}
export interface Decision<State> {
  readonly state: State;
  readonly spawn?: readonly ChildSpec[];
  readonly send?: readonly { readonly to: string; readonly event: AnyEventObject }[];
}

export interface SupervisorSpec<State> {
  readonly name: string;
  readonly kinds: Readonly<Record<string, ChildKind>>;
  /** The children that there are to be when it starts, first or again. */
  children(id: string): readonly ChildSpec[];
  /** A crashed child as it is to be started again; undefined: it has nothing left to do. */
  renew(child: ChildSpec): ChildSpec | undefined;
  readonly isolate: boolean;
  readonly mind?: Mind<State>;
  /** True: it ends when its last child has ended. */
  readonly mortal?: boolean;
  quarantined?(id: string, reason: string): void;
  /** A child that crashed does not come back: nothing was left for it to do. */
  dismissed?(id: string): void;
}

export interface SupervisorContext<State> {
  readonly id: string;
  readonly children: readonly ChildSpec[];
  readonly crashes: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, string>>;
  readonly state: State;
}

export const BUDGET = 3;
const PERIOD_MS = 30_000;
const FIRST_BACKOFF_MS = 100;

type Dead = { readonly actorId: string; readonly error?: unknown };
export type SupervisorEvent =
  | { readonly type: "spawn"; readonly child: ChildSpec }
  | { readonly type: "again"; readonly id: string }
  | { readonly type: "forgive"; readonly id: string }
  | { readonly type: "retry"; readonly id: string }
  | ({ readonly type: `child.${string}`; readonly id: string } & AnyEventObject)
  | ({ readonly type: `ask.${string}`; readonly id: string } & AnyEventObject)
  | ({ readonly type: `xstate.done.actor.${string}` } & Dead)
  | ({ readonly type: `xstate.error.actor.${string}` } & Dead);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Stops what a dead actor has left running, deepest first: XState does so only for actors that end in order. */
const sweep = (ref: AnyActorRef | undefined): void => {
  const children = (ref?.getSnapshot() as { children?: Record<string, AnyActorRef> } | undefined)?.children ?? {};
  for (const child of Object.values(children)) {
    sweep(child);
    child.send({ type: "xstate.stop" });
  }
};

/** The crashed child that `again` is about. */
const renewable = ({ children }: { readonly children: readonly ChildSpec[] }, event: object): ChildSpec | undefined =>
  children.find(({ id }) => id === (event as { id?: string }).id);

export const supervisor = <State = null>(spec: SupervisorSpec<State>) => {
  const restartOf = (children: readonly ChildSpec[], id: string): Restart | undefined =>
    spec.kinds[children.find((child) => child.id === id)?.kind ?? ""]?.restart;
  const words = setup({
    types: {
      input: {} as { readonly id: string },
      context: {} as SupervisorContext<State>,
      events: {} as SupervisorEvent,
      tags: {} as "settled",
    },
    actors: Object.fromEntries(Object.entries(spec.kinds).map(([kind, { logic }]) => [kind, logic])),
    guards: {
      vital: ({ context, event }) => restartOf(context.children, (event as Dead).actorId) === "vital",
      permanent: ({ context, event }) => restartOf(context.children, (event as Dead).actorId) === "permanent",
      bearable: ({ context, event }) => (context.crashes[(event as Dead).actorId] ?? 0) < BUDGET,
      isolating: () => spec.isolate,
      deserted: ({ context }) => spec.mortal === true && context.children.length === 0,
      over: ({ context, event }) => {
        const child = renewable(context, event);
        return child !== undefined && spec.renew(child) === undefined;
      },
      inQuarantine: ({ context, event }) => event.type === "retry" && event.id in context.quarantined,
    },
    delays: {
      period: PERIOD_MS,
      backoff: ({ context, event }) => FIRST_BACKOFF_MS * 2 ** (context.crashes[(event as Dead).actorId] ?? 0),
    },
    actions: {
      adopt: enqueueActions(({ context, enqueue }) => {
        for (const { kind, id, input } of context.children) enqueue.spawnChild(kind as never, { id, input });
      }),
      spawn: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "spawn" || context.children.some(({ id }) => id === event.child.id)) return;
        const { kind, id, input } = event.child;
        enqueue.assign({ children: [...context.children, event.child] });
        enqueue.spawnChild(kind as never, { id, input });
      }),
      clear: enqueueActions(({ event, self, enqueue }) => {
        const { actorId } = event as Dead;
        const dead = self.getSnapshot().children[actorId];
        enqueue(() => sweep(dead));
        enqueue.stopChild(actorId);
      }),
      count: assign(({ context, event }) => {
        const { actorId } = event as Dead;
        return { crashes: { ...context.crashes, [actorId]: (context.crashes[actorId] ?? 0) + 1 } };
      }),
      // Timers are named: an unnamed one would draw its name from Math.random.
      later: enqueueActions(({ event, context, enqueue }) => {
        const { actorId: id } = event as Dead;
        enqueue.raise({ type: "again", id }, { delay: "backoff", id: `again ${id}` });
        enqueue.raise({ type: "forgive", id }, { delay: "period", id: `forgive ${id} ${context.crashes[id] ?? 0}` });
      }),
      again: enqueueActions(({ context, event, enqueue }) => {
        const child = renewable(context, event);
        const renewed = child && spec.renew(child);
        if (renewed) enqueue.spawnChild(renewed.kind as never, { id: renewed.id, input: renewed.input });
      }),
      // It crashed in its last step: there is nothing left that a new one could do.
      dismiss: enqueueActions(({ context, event, enqueue }) => {
        const { id } = event as { id: string };
        enqueue.assign({ children: context.children.filter((one) => one.id !== id) });
        enqueue(() => spec.dismissed?.(id));
        enqueue.raise({ type: "child.gone", id });
      }),
      forgive: assign(({ context, event }) => {
        const { id } = event as { id: string };
        const { [id]: crashes = 0, ...others } = context.crashes;
        return { crashes: crashes > 1 ? { ...others, [id]: crashes - 1 } : others };
      }),
      quarantine: enqueueActions(({ context, event, enqueue }) => {
        const { actorId, error } = event as Dead;
        const reason = reasonOf(error);
        enqueue.assign({ quarantined: { ...context.quarantined, [actorId]: reason } });
        enqueue(() => spec.quarantined?.(actorId, reason));
      }),
      release: enqueueActions(({ context, event, enqueue }) => {
        const { id } = event as { id: string };
        const { [id]: _, ...quarantined } = context.quarantined;
        enqueue.assign({ quarantined, crashes: { ...context.crashes, [id]: 0 } });
        enqueue.raise({ type: "again", id });
      }),
      bury: enqueueActions(({ context, event, enqueue }) => {
        const { actorId } = event as Dead;
        enqueue.stopChild(actorId);
        enqueue.assign({ children: context.children.filter(({ id }) => id !== actorId) });
        enqueue.raise({ type: "child.gone", id: actorId });
      }),
      react: enqueueActions(({ context, event, self, enqueue }) => {
        if (!spec.mind) return;
        const { state, spawn = [], send = [] } = spec.mind.react(context.state, event, context.children);
        enqueue.assign({ state });
        for (const child of spawn) enqueue.raise({ type: "spawn", child });
        for (const { to, event: told } of send) {
          const child = self.getSnapshot().children[to];
          if (child) enqueue.sendTo(child, told);
        }
      }),
      fail: (_, { error }: { error: unknown }) => {
        throw error instanceof Error ? error : new Error(String(error));
      },
    },
  });
  const machine = words.createMachine({
    id: spec.name,
    options: { maxIterations: 1000 },
    context: ({ input: { id } }) => ({
      id,
      children: spec.children(id),
      crashes: {},
      quarantined: {},
      state: spec.mind?.initial as State,
    }),
    entry: "adopt",
    initial: "supervising",
    on: {
      spawn: { actions: "spawn" },
      again: [{ guard: "over", actions: "dismiss" }, { actions: "again" }],
      forgive: { actions: "forgive" },
      retry: { guard: "inQuarantine", actions: "release" },
      "child.*": { actions: "react" },
      "ask.*": { actions: "react" },
      "xstate.done.actor.*": [{ guard: "permanent", actions: ["count", "clear", "later"] }, { actions: "bury" }],
      "xstate.error.actor.*": [
        { guard: "vital", actions: { type: "fail", params: ({ event }) => ({ error: (event as Dead).error }) } },
        { guard: "bearable", actions: ["clear", "count", "later"] },
        { guard: "isolating", actions: ["clear", "quarantine"] },
        { actions: ["clear", { type: "fail", params: ({ event }) => ({ error: (event as Dead).error }) }] },
      ],
    },
    states: {
      // One that crashed as its last child ended has nobody when it begins again.
      supervising: { tags: "settled", always: { guard: "deserted", target: "ended" } },
      ended: { type: "final" },
    },
  });
  return forgetful(machine);
};
