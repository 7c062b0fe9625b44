/**
 * A slot is a named hole in a machine: the machine says what is to be done, `actors/` fill in how.
 * One slot is one driver call is one state, and the state is not left before the call has ended.
 */
import type { ActorLogic, EventObject, Snapshot } from "xstate";
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";

/** A failed call as a machine sees it, with the moment at which it failed: machines have no clock. */
export type TimedFailure = Failure & { readonly at: MonoMs };

export type SlotSnapshot<Output, Input> = Snapshot<Output> & { readonly input: Input };
export type SlotLogic<Output, Input> = ActorLogic<SlotSnapshot<Output, Input>, EventObject, Input>;

/** An unfilled slot fails with a sentence when it is entered. */
export const slot = <Output, Input>(work: string): SlotLogic<Output, Input> => ({
  getInitialSnapshot: () => {
    throw new Error(`no actor was given the work "${work}"`);
  },
  transition: (snapshot) => snapshot,
  getPersistedSnapshot: (snapshot) => snapshot,
});

/** What each state in which something is awaited says of itself; a spec fails on one that does not. */
export interface StateMeta {
  /** What CRI calls an object in this state; `unlisted` ones are not shown, `none` are nothing that CRI knows. */
  readonly cri: "unlisted" | "none" | "CREATED" | "RUNNING" | "EXITED" | "READY" | "NOTREADY";
  /** The slot or the event that ends the wait. */
  readonly waitsFor: string;
  /** What bounds it: `call` (the door's bound on the driver call), `deadline`, or words. */
  readonly bound: string;
  /** Where to read on: an anchor of docs/stuck.md. */
  readonly help: string;
  /** It lasts for as long as its client wants: however long, nothing is stuck. */
  readonly clients?: true;
}

/** Meta of a state, for a chart of `machine`. */
export const waiting =
  (machine: string) =>
  (cri: StateMeta["cri"], waitsFor: string, bound = "call"): StateMeta => ({
    cri,
    waitsFor,
    bound,
    help: `${machine}-${waitsFor}`,
  });

type ErrorEvent = { readonly event: { readonly error: unknown } };
/** The call failed for good: remember it as this object's failure and go to `target`. */
export const failed = <Target extends string>(target: Target) =>
  ({
    target,
    actions: { type: "noteFailure", params: ({ event }: ErrorEvent) => event.error as TimedFailure },
  }) as const;
/** The call failed and will be tried again: remember it as the trouble of the moment and go to `target`. */
export const troubled = <Target extends string>(target: Target) =>
  ({
    target,
    actions: { type: "noteTrouble", params: ({ event }: ErrorEvent) => event.error as TimedFailure },
  }) as const;

const BACKOFF_MS = [250, 1_000, 4_000, 15_000, 60_000] as const;
/** How long to rest before try number `tries` + 1. */
const backoff = (tries: number): number => BACKOFF_MS[Math.min(tries, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];

interface Troubled {
  readonly id: string;
  readonly trouble: TimedFailure | null;
  readonly tries: number;
}
/** Input of a rest: when the next try is due. */
export const rested = ({ context: { id, trouble, tries } }: { readonly context: Troubled }) => ({
  id,
  at: (trouble?.at ?? 0) + backoff(tries),
});
