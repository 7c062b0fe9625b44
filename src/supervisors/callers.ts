/**
 * Callers and what they wait for. A caller attaches to a work number of an actor and may leave at any time: the work
 * goes on. Whoever comes meanwhile with the same wish attaches to the same number.
 */
import type { AnyActorRef } from "xstate";
import { Cancelled, Exhausted, fromFailure, Overdue, Unavailable, type Failure } from "../errors.ts";
import { isGivenOut, outcome, type Works } from "../machines/work.ts";
import type { QueueFigures } from "../vocabulary/index.ts";
import type { Caller } from "./runtime.ts";

/** How long before its own deadline a caller is answered with what it waits for, in milliseconds. */
const EARLY_MS = 1_000;

/** Verbs that want nothing to be left. */
const TO_BE_GONE: ReadonlySet<string> = new Set(["stop", "remove"]);

/** How many may wait for one object before the next is refused. */
const MOST_WAITERS = 200;

export interface CallersOptions {
  /** Milliseconds since 1970, as in a caller's deadline. */
  readonly wallMs: () => number;
  readonly setTimeout: (fn: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly find: (actorId: string) => AnyActorRef | undefined;
  /** What the actor is waiting for now, in a sentence. */
  readonly explain: (actorId: string) => string;
  /** Why this actor will not come back by itself; undefined: it lives, or comes back. */
  readonly whyGivenUp: (actorId: string) => string | undefined;
  /** Told of each that begins to wait. */
  readonly attached?: (actorId: string, n: number, caller: Caller) => void;
}

interface Waiter {
  readonly n: number;
  readonly tell: (failure: Failure) => Failure;
  /** Whom it waits for: the actor that gave out the number, or its successor that knows the number too. */
  ref: AnyActorRef;
  settle(error: Error | undefined): void;
}

/** A reason in one word, which the kubelet looks for, stays in front: `ImageVolumeMountFailed: CreateContainer of …`. */
const about = (what: string, text: string): string => {
  const [, reason = "", rest = text] = /^([A-Z][A-Za-z]+: )(.*)$/s.exec(text) ?? [];
  return `${reason}${what}: ${rest}`;
};

/** What callers of one that will not come back are told. */
export const quarantined = (actorId: string, reason: string): string =>
  `${actorId} is quarantined after repeated crashes (${reason}); nothing else is affected`;

const worksOf = (ref: AnyActorRef): Works | undefined =>
  (ref.getSnapshot() as { context?: Works } | undefined)?.context;

export class Callers {
  readonly #options: CallersOptions;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #refused = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the actor when number `n` has ended well; rejects with its failure, or when the caller's patience ends.
   * `what` the caller asked for stands before all that it is told, unless it looks at how a failure's text begins.
   */
  attach(
    actorId: string,
    n: number,
    what: string,
    caller: Caller,
    tell: Waiter["tell"] = ({ code, text }) => ({ code, text: about(what, text) }),
  ): Promise<AnyActorRef> {
    const ref = this.#options.find(actorId);
    if (!ref) return Promise.reject(new Unavailable(`${what}: ${actorId} is not there any more; ask again`));
    const reason = this.#options.whyGivenUp(actorId);
    if (reason !== undefined) return Promise.reject(new Unavailable(`${what}: ${quarantined(actorId, reason)}`));
    if (this.count(actorId) >= MOST_WAITERS) {
      this.#refused += 1;
      return Promise.reject(
        new Exhausted(`${what}: ${MOST_WAITERS} callers wait for ${actorId} already; ask again later`),
      );
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        n,
        tell,
        ref,
        settle: (error) => {
          this.#options.clearTimeout(timer);
          caller.signal.removeEventListener("abort", left);
          this.#leave(actorId, waiter);
          if (error) reject(error);
          else resolve(this.#options.find(actorId) ?? ref);
        },
      };
      const left = (): void => waiter.settle(new Cancelled(`${what}: the caller has gone; the work goes on`));
      const timer = this.#patience(caller, () =>
        waiter.settle(
          new Overdue(`${what}: ${this.#options.explain(actorId)}; the work goes on, and a retry joins it`),
        ),
      );
      const waiters = this.#waiters.get(actorId) ?? new Set();
      this.#waiters.set(actorId, waiters.add(waiter));
      this.#options.attached?.(actorId, n, caller);
      if (caller.signal.aborted) left();
      else {
        caller.signal.addEventListener("abort", left);
        this.check(actorId);
      }
    });
  }

  #patience({ deadline }: Caller, fn: () => void): unknown {
    if (deadline === undefined || !Number.isFinite(deadline)) return undefined;
    const left = Math.max(0, deadline - this.#options.wallMs());
    return this.#options.setTimeout(fn, Math.max(left - EARLY_MS, left / 2));
  }

  #leave(actorId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(actorId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(actorId);
  }

  /** How many wait for this actor. */
  count(actorId: string): number {
    return this.#waiters.get(actorId)?.size ?? 0;
  }

  /** Those of one object: of the one for which most wait. */
  get queue(): QueueFigures {
    const length = [...this.#waiters.values()].reduce((most, { size }) => Math.max(most, size), 0);
    return { length, bound: MOST_WAITERS, refused: this.#refused };
  }

  /** The actor has moved: whose number has ended is answered. A crashed actor is waited for, for it comes back. */
  check(actorId: string): void {
    for (const waiter of [...(this.#waiters.get(actorId) ?? [])]) {
      const ref = this.#options.find(actorId) ?? waiter.ref;
      const works = worksOf(ref);
      if (works && ref !== waiter.ref && !isGivenOut(works, waiter.n)) {
        waiter.settle(new Unavailable(`${actorId} crashed before it had recorded this; ask again`));
        continue;
      }
      waiter.ref = ref;
      const ended = works && outcome(works, waiter.n);
      if (ended) waiter.settle(ended.failure ? fromFailure(waiter.tell(ended.failure)) : undefined);
    }
  }

  /** The actor crashed when nothing was left for it to do: what was to go is gone, and nothing else was done. */
  dismiss(actorId: string): void {
    for (const waiter of [...(this.#waiters.get(actorId) ?? [])]) {
      const { work, next } = worksOf(waiter.ref) ?? {};
      const verb = [work, next].find((one) => one?.n === waiter.n)?.verb ?? "";
      const lost = new Unavailable(`${actorId} crashed, and nothing is left of it; ask again`);
      waiter.settle(TO_BE_GONE.has(verb) ? undefined : lost);
    }
  }

  /** The actor will not come back by itself. */
  giveUp(actorId: string, reason: string): void {
    const text = quarantined(actorId, reason);
    for (const waiter of [...(this.#waiters.get(actorId) ?? [])]) waiter.settle(new Unavailable(text));
  }
}
