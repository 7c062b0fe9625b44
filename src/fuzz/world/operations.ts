/**
 * Everything that takes time in a simulated world: operations under way, each with the effect that it will have. The
 * schedule says which one ends next and how:
 *
 *   ok        effect, then the answer
 *   before    an error, and no effect
 *   after     the effect, and an error all the same
 *   hang      nothing, until whoever asked gives up (its signal, or a bound of the driver's own)
 *
 * The daemon's own operations die with it, with their effect or without; programs that it started go on as orphans.
 */
import { Failed, Overdue } from "../../errors.ts";
import type { Timers } from "./timers.ts";

export type Ending = "ok" | "before" | "after";

/**
 * What becomes of an operation, for whoever counts. `taken`: the monitor has heard the question; `given up` and `late`: it was called off, and had no effect or had it all
 * the same; `cut …`: it died with whoever began it; `goes on`: it did not; `dies …`: a step in which the daemon died.
 */
export type Fate =
  | ("taken" | "begun" | "ok" | "refused" | "before" | "after" | "hangs" | "given up" | "late")
  | ("cut before" | "cut after" | "goes on" | "dies before" | "dies after");

export interface Operation {
  readonly n: number;
  /** `network.attach` */
  readonly name: string;
  readonly object: string;
  /** What a program works on, where that is not the object: the container of an exec. */
  readonly about: string;
  /** The life that it was begun in. */
  readonly life: number;
  /** A program of its own, which goes on when whoever began it has died. */
  readonly outlives: boolean;
  readonly canFail: boolean;
  readonly isReady: () => boolean;
  hung: boolean;
  /** Whoever asked has given up, with this reason. */
  calledOff: unknown;
  orphan: boolean;
  readonly effect: () => unknown;
  readonly settle: (outcome: { readonly value: unknown } | { readonly error: unknown }) => void;
}

export interface OperationOptions {
  readonly life: number;
  readonly about?: string;
  readonly signal?: AbortSignal;
  readonly outlives?: boolean;
  readonly canFail?: boolean;
  readonly isReady?: () => boolean;
}

/** Drivers whose verbs take no signal have bounds of their own. */
const OWN_BOUND_MS = 60_000;

const always = (): boolean => true;

export class Operations {
  readonly #timers: Timers;
  readonly #underWay: Operation[] = [];
  #count = 0;
  /** Every operation ends well at once: for contract specs. */
  eager = false;
  /** Told of each operation and each of its fates. */
  fated: ((name: string, object: string, fate: Fate) => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  begin<Value>(name: string, object: string, effect: () => Value, options: OperationOptions): Promise<Value> {
    const { life, about = object, signal, outlives = false, canFail = true, isReady = always } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const called = (): void => {
        operation.calledOff = signal?.reason;
        operation.hung = false;
      };
      const operation: Operation = {
        n: ++this.#count,
        name,
        object,
        about,
        life,
        outlives,
        canFail,
        isReady,
        effect,
        hung: false,
        calledOff: undefined,
        orphan: false,
        settle: (outcome) => {
          signal?.removeEventListener("abort", called);
          if ("value" in outcome) resolve(outcome.value as Value);
          else reject(outcome.error);
        },
      };
      signal?.addEventListener("abort", called);
      this.#underWay.push(operation);
      this.fated?.(name, object, "begun");
      if (this.eager && isReady()) this.end(operation, "ok");
    });
  }

  /** Those that may end now. */
  ready(): readonly Operation[] {
    return this.#underWay.filter(({ hung, calledOff, isReady }) => !hung && (calledOff !== undefined || isReady()));
  }

  get hanging(): boolean {
    return this.#underWay.some(({ hung }) => hung);
  }

  underWay(): readonly Operation[] {
    return this.#underWay;
  }

  /** Programs at work about this object that somebody else began than who lives this life. */
  foreign(about: string, kind: string, life: number): readonly Operation[] {
    return this.#underWay.filter(
      (one) => one.outlives && one.about === about && one.name.startsWith(kind) && (one.orphan || one.life !== life),
    );
  }

  hang(operation: Operation): void {
    operation.hung = true;
    this.fated?.(operation.name, operation.object, "hangs");
    if (operation.orphan) return;
    const { name } = operation;
    const give = (): void => {
      if (!operation.hung || operation.orphan) return;
      operation.calledOff = new Overdue(`${name} took longer than its own bound`);
      operation.hung = false;
    };
    this.#timers.set(give, OWN_BOUND_MS, operation.life);
  }

  /** Nothing hangs any more. */
  heal(): void {
    for (const operation of this.#underWay) operation.hung = false;
  }

  end(operation: Operation, ending: Ending): void {
    const place = this.#underWay.indexOf(operation);
    if (place < 0) return;
    this.#underWay.splice(place, 1);
    const { name, object, calledOff, orphan, effect, settle } = operation;
    let outcome: { readonly value: unknown } | { readonly error: unknown };
    try {
      const value = ending === "before" ? undefined : effect();
      const refusal = calledOff ?? new Failed(`${name} of ${object} failed, as the schedule says`);
      outcome = ending === "ok" ? { value } : { error: refusal };
    } catch (error) {
      outcome = { error };
    }
    if (orphan) return;
    this.fated?.(name, object, this.#fateOf(ending, calledOff, outcome));
    settle(outcome);
  }

  #fateOf(ending: Ending, calledOff: unknown, outcome: object): Fate {
    if (calledOff !== undefined) return ending === "before" ? "given up" : "late";
    return ending === "ok" && "error" in outcome ? "refused" : ending;
  }

  /** A program is killed: with its effect or without. */
  kill(operation: Operation, effective: boolean): void {
    this.end(operation, effective ? "after" : "before");
  }

  /** Whoever lived this life has died. `effective` says of each operation of its own whether it still had its effect. */
  bereave(life: number, effective: (operation: Operation) => boolean): void {
    for (const operation of this.#underWay.filter((one) => one.life === life && !one.orphan)) {
      operation.orphan = true; // nobody is told
      const [dies, done] = [!operation.outlives, !operation.outlives && effective(operation)];
      this.fated?.(operation.name, operation.object, dies ? (done ? "cut after" : "cut before") : "goes on");
      if (dies) this.kill(operation, done);
    }
  }

  /** A reboot: nothing is under way any more. */
  drop(): void {
    this.#underWay.length = 0;
  }
}
