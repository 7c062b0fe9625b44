/**
 * Permits bound how much of one kind of work goes on at a time. A lane is a line of holders, served in the order of asking.
 *
 * Lanes that bound CPU give a permit back by themselves after about a second: whoever holds it longer is waiting for
 * something else (a registry, a lock, a network daemon) and must not keep the others from the CPU.
 */
import PQueue from "p-queue";
import { Cancelled, Exhausted, TroupeError } from "../../errors.ts";
import type { QueueFigures } from "../../vocabulary/index.ts";

/** `cni-del` has a lane of its own, so that pods can always end, whatever happens to those that begin, and DELs that hang do not keep it. */
export type Lane = "cni-add" | "cni-del" | "unpack" | "pull";

export interface Waiting {
  readonly lane: Lane;
  readonly holder: string;
  /** When it began to wait, by `timers.now()`. */
  readonly sinceMs: number;
}

export interface Permits {
  /**
   * Resolves when the permit is granted. A holder has one permit: asking again gives the former one back. `beside`: a lane of
   * its own, as wide, for each such word; of `pull` the registry, so that one that stalls holds up only itself.
   * Rejects with Exhausted when the line is full, and when `signal` calls the wait off. Once granted, only `release` ends it.
   */
  acquire(lane: Lane, holder: string, signal: AbortSignal, beside?: string): Promise<void>;
  /** Gives the permit back, or the place in the line. A holder of nothing is fine. */
  release(holder: string): void;
  /** Who waits for what, the first in line first. */
  waiting(): readonly Waiting[];
}

export interface RealPermits extends Permits {
  /** Of each lane the longest line. */
  queues(): Readonly<Record<Lane, QueueFigures>>;
}

export interface PermitTimers {
  now(): number;
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface PermitsOptions {
  /** How many hold a permit of each lane at a time. */
  readonly lanes: Readonly<Record<Lane, number>>;
  /** Longest line of one lane. */
  readonly lineLimit: number;
  /** After how long the permits of the lanes that bound CPU, all but `pull`, come back by themselves. */
  readonly giveBackMs: number;
  readonly timers: PermitTimers;
}

const boundsCpu: Readonly<Record<Lane, boolean>> = { "cni-add": true, "cni-del": true, unpack: true, pull: false };

/** One holder's place: first in the line, then at work, then gone. */
interface Place extends Waiting {
  granted: boolean;
  readonly leave: () => void;
}

export const permits = ({ lanes, lineLimit, giveBackMs, timers }: PermitsOptions): RealPermits => {
  /** By lane and word; those that nobody is in make room when there is another. */
  const queues = new Map<string, PQueue>();
  const places = new Map<string, Place>();
  const refused: Record<Lane, number> = { "cni-add": 0, "cni-del": 0, unpack: 0, pull: 0 };

  const release = (holder: string): void => {
    const place = places.get(holder);
    places.delete(holder);
    place?.leave();
  };

  /** Stands in the line; what runs in the queue is only the holding of the place. */
  const enter = async (lane: Lane, holder: string, queue: PQueue): Promise<void> => {
    const left = Promise.withResolvers<void>();
    const granted = Promise.withResolvers<void>();
    const place: Place = { lane, holder, sinceMs: timers.now(), granted: false, leave: left.resolve };
    const inLine = new AbortController();
    places.set(holder, place);
    queue
      .add(
        async () => {
          place.granted = true;
          granted.resolve();
          const timer = boundsCpu[lane] ? timers.setTimeout(left.resolve, giveBackMs) : undefined;
          await left.promise;
          timers.clearTimeout(timer);
        },
        { signal: inLine.signal },
      )
      .catch(granted.reject);
    void left.promise.then(() => inLine.abort(new Cancelled(`the wait of "${holder}" for ${lane} was given up`)));
    return granted.promise;
  };

  const queueOf = (name: string, lane: Lane): PQueue => {
    const known = queues.get(name);
    if (known) return known;
    for (const [other, { size, pending }] of queues) if (size + pending === 0) queues.delete(other);
    const queue = new PQueue({ concurrency: lanes[lane] });
    queues.set(name, queue);
    return queue;
  };

  return {
    release,

    acquire: async (lane, holder, signal, beside = "") => {
      signal.throwIfAborted();
      release(holder);
      const queue = queueOf(`${lane} ${beside}`, lane);
      const { size, concurrency } = queue;
      if (size >= lineLimit) {
        refused[lane] += 1;
        throw new Exhausted(`${size} already wait for one of ${concurrency} permits of ${lane}: try again later`);
      }
      const giveUp = (): void => release(holder);
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        await enter(lane, holder, queue);
        signal.throwIfAborted(); // called off in the moment of the grant: `giveUp` has given it back
      } catch (error) {
        throw signal.aborted && signal.reason instanceof TroupeError ? signal.reason : error;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },

    queues() {
      const longest = (lane: Lane): number =>
        [...queues].reduce((most, [name, { size }]) => (name.startsWith(`${lane} `) ? Math.max(most, size) : most), 0);
      const figures = (lane: Lane): QueueFigures => ({
        length: longest(lane),
        bound: lineLimit,
        refused: refused[lane],
      });
      return {
        "cni-add": figures("cni-add"),
        "cni-del": figures("cni-del"),
        unpack: figures("unpack"),
        pull: figures("pull"),
      };
    },

    waiting: () =>
      [...places.values()]
        .filter(({ granted }) => !granted)
        .map(({ lane, holder, sinceMs }) => ({ lane, holder, sinceMs })),
  };
};
