/** The flight recorder at the actor system: what it is told of actors, of their guards and of their calls. */
import type { AnyActorLogic } from "xstate";
import { toFailure } from "../errors.ts";
import { rounded } from "../inspect/decision-data.ts";
import type { What } from "../inspect/record.ts";
import type { Recorder } from "../inspect/recorder.ts";
import type { OpenCall } from "../supervisors/door.ts";
import { momentOf } from "../supervisors/explain.ts";
import type { Caller } from "../supervisors/runtime.ts";
import type { SystemEvents } from "../supervisors/system.ts";

/** What the actor system tells a recorder. */
export type Recorded = Required<
  Pick<
    SystemEvents,
    "stepped" | "settled" | "gone" | "asked" | "called" | "doing" | "ended" | "abandoned" | "attached" | "handled"
  >
> &
  Pick<SystemEvents, "crashed" | "quarantined">;

/** `attached`: told of each client's call that waits for an actor, besides the recorder. */
export const recordedBy = (recorder: Recorder, attached?: (actor: string, caller: Caller) => void): Recorded => {
  /** Calls that wait for their turn. */
  const behind = new Set<number>();
  return {
    stepped: (step) => recorder.took(step),
    settled: (actor) => recorder.settled(actor),
    crashed: (actor, error) => recorder.gone(actor, "crashed", toFailure(error).text),
    quarantined: (actor, reason) => recorder.gone(actor, "quarantined", reason),
    gone: (actor, how) => recorder.gone(actor, how),
    asked: (open) => {
      if (!open.begun) behind.add(open.n);
      recorder.note(callOf(open));
    },
    called: ({ n }) => {
      if (behind.delete(n)) recorder.note({ kind: "made", n });
    },
    doing: ({ n, doing }) => recorder.noteOutside({ kind: "doing", n, text: doing?.text ?? "" }),
    abandoned: ({ n }) => {
      behind.delete(n);
      recorder.note({ kind: "abandoned", n });
    },
    ended: ({ n, abandoned }, outcome, ms) => {
      const failure = "error" in outcome ? { failure: toFailure(outcome.error) } : {};
      recorder.note({
        kind: "ended",
        n,
        ms: rounded(ms),
        ...failure,
        ...(abandoned && { abandoned }),
      });
    },
    attached(actor, work, caller) {
      const { call } = caller;
      if (call !== undefined) recorder.noteOutside({ kind: "waits", n: call, actor, work });
      attached?.(actor, caller);
    },
    handled: () => recorder.flush(),
  };
};

const callOf = ({ n, call, begun }: OpenCall): What => {
  const { by, driver, verb, id, boundMs } = call;
  const at = momentOf(call);
  return { kind: "call", n, by, driver, verb, id, boundMs, ...(at !== undefined && { at }), begun };
};

type Guard = (args: { readonly context: { readonly id?: string } }, params: unknown) => boolean;
type Guarded = AnyActorLogic & {
  readonly implementations?: { readonly guards?: Readonly<Record<string, unknown>> };
  provide(implementations: { readonly guards: Readonly<Record<string, unknown>> }): AnyActorLogic;
};

/** A machine whose guards tell `refuse` when they say no. */
export const watchingGuards =
  (refuse: (actor: string, guard: string) => void) =>
  (kind: string, logic: AnyActorLogic): AnyActorLogic => {
    const { implementations } = logic as Guarded;
    const named = Object.entries(implementations?.guards ?? {});
    // One of XState's own, which joins others, asks these.
    const own = named.filter(([, guard]) => typeof guard === "function" && !("check" in guard));
    if (own.length === 0) return logic;
    const watched = own.map(([name, guard]): [string, Guard] => [
      name,
      (args, params) => {
        const said = (guard as Guard)(args, params);
        if (!said) refuse(actorOf(kind, args.context.id), name);
        return said;
      },
    ]);
    return (logic as Guarded).provide({ guards: Object.fromEntries(watched) });
  };

/** Those of which there is one are called by their kind. */
const actorOf = (kind: string, id: string | undefined): string => {
  if (id === undefined || id === kind) return kind;
  return id.startsWith(`${kind}/`) ? id : `${kind}/${id}`;
};
