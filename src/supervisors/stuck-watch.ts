/**
 * Who has not come to rest for long, and what it waits for: told once for each actor at half a minute, two and ten minutes,
 * and counted whenever somebody asks. Only actors on their way are looked at, and one timer stands for all of them.
 *
 * A client's own time, such as the grace period of a stop, is nobody's fault before it has passed, nor is what still gets on.
 */
import { isArrival } from "../machines/arrivals.ts";
import type { Explanation } from "../machines/explanation.ts";
import { blamelessUntil } from "../machines/patience.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";

export interface StuckWatchOptions {
  readonly now: () => MonoMs;
  readonly setTimeout: (fn: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  /** Undefined: there is no such actor any more. */
  readonly explain: (actorId: string) => Explanation | undefined;
  readonly told: (stuck: Stuck) => void;
  /** After how long, ascending; absent: 30 s, 2 min, 10 min. */
  readonly thresholdsMs?: readonly number[];
}

export interface Stuck {
  readonly explanation: Explanation;
  readonly waitsFor: string;
  /** How long it has not been at rest, nor got on; a client's own time not counted. */
  readonly forMs: number;
  /** The threshold that it has passed. */
  readonly longerThanMs: number;
}

/** Actors by what they wait for. */
export interface StuckCount {
  readonly longerThanMs: number;
  readonly byWait: ReadonlyMap<string, number>;
}

interface Way {
  /** Since when it has not been at rest, or is answerable for it (patience.ts). */
  since: MonoMs;
  /** Thresholds that were told. */
  told: number;
}

export const THRESHOLDS_MS = [30_000, 120_000, 600_000] as const;

const waitOf = ({ state, waitsFor }: Explanation): string => (state === null ? "restart" : (waitsFor ?? "nothing"));

export class StuckWatch {
  readonly #options: StuckWatchOptions;
  readonly #thresholdsMs: readonly number[];
  readonly #ways = new Map<string, Way>();
  #timer: { readonly handle: unknown; readonly at: number } | undefined;

  constructor(options: StuckWatchOptions) {
    this.#options = options;
    this.#thresholdsMs = options.thresholdsMs ?? THRESHOLDS_MS;
  }

  /** To be told of each transition. */
  moved({ actor, to }: { readonly actor: string; readonly to: string }): void {
    if (isArrival(kindOf(actor), to)) return this.forget(actor);
    const now = this.#options.now();
    // One that moves on before its client's time is over is answerable from now on.
    if ((this.#ways.get(actor)?.since ?? Infinity) <= now) return;
    const way = { since: now, told: 0 };
    this.#ways.set(actor, way);
    this.#wakeAt(this.#dueAt(way));
  }

  /** It is not there any more, or nobody expects it to move. */
  forget(actor: string): void {
    this.#ways.delete(actor);
  }

  /** For each threshold, who has not been at rest for longer. */
  counts(): readonly StuckCount[] {
    const now = this.#options.now();
    const stuck = [...this.#ways].flatMap(([actor, { since }]) => {
      if (now - since < (this.#thresholdsMs[0] ?? Infinity)) return [];
      const explanation = this.#options.explain(actor);
      if (!explanation) return [];
      return [{ forMs: now - Math.max(since, blamelessUntil(explanation)), waitsFor: waitOf(explanation) }];
    });
    return this.#thresholdsMs.map((longerThanMs) => {
      const longer = stuck.filter(({ forMs }) => forMs >= longerThanMs);
      const byWait = Map.groupBy(longer, ({ waitsFor }) => waitsFor);
      return { longerThanMs, byWait: new Map([...byWait].map(([wait, all]) => [wait, all.length])) };
    });
  }

  close(): void {
    if (this.#timer) this.#options.clearTimeout(this.#timer.handle);
    this.#timer = undefined;
    this.#ways.clear();
  }

  /** When it has to be looked at again; Infinity: all was told. */
  #dueAt({ since, told }: Way): number {
    return since + (this.#thresholdsMs[told] ?? Infinity);
  }

  #wakeAt(at: number): void {
    if (at === Infinity || (this.#timer && this.#timer.at <= at)) return;
    if (this.#timer) this.#options.clearTimeout(this.#timer.handle);
    const handle = this.#options.setTimeout(() => this.#wake(), Math.max(0, at - this.#options.now()));
    this.#timer = { handle, at };
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#options.now();
    for (const [actor, way] of this.#ways) if (this.#dueAt(way) <= now) this.#look(actor, way, now);
    let next = Infinity;
    for (const way of this.#ways.values()) next = Math.min(next, this.#dueAt(way));
    this.#wakeAt(next);
  }

  #look(actor: string, way: Way, now: MonoMs): void {
    const explanation = this.#options.explain(actor);
    if (!explanation) return this.forget(actor);
    const blameless = blamelessUntil(explanation);
    if (blameless > way.since) {
      way.since = blameless;
      way.told = 0;
      if (this.#dueAt(way) > now) return;
    }
    const forMs = now - way.since;
    // Of several that were passed at once, after a suspended machine, the longest.
    const passed = this.#thresholdsMs.filter((threshold) => threshold <= forMs);
    way.told = passed.length;
    this.#options.told({ explanation, waitsFor: waitOf(explanation), forMs, longerThanMs: passed.at(-1) ?? 0 });
  }
}
