/**
 * Taps: copies of what a container says, raw, for those who attach to it. A tap is a pipe; what that has no room for waits in
 * memory, within bounds (`tap-queue.ts`), and no longer than the reader's patience: logging never waits for a reader.
 */
import { EPOLLOUT, type Epoll } from "../linux/epoll.ts";
import type { Stream } from "./cri-format.ts";
import { TapQueue } from "./tap-queue.ts";

/** Writing ends of pipes or FIFOs, which stay their giver's; absent: that stream is not wanted. */
export interface Tap {
  readonly attachId: string;
  readonly stdout?: number;
  readonly stderr?: number;
}

/** A tap of container `id`. */
export interface Attached {
  readonly id: string;
  readonly tap: Tap;
}

/** `ended`: all that the container will ever say is in the tap; `slow`: too much waited for it; `gone`: nobody reads it. */
export type Detachment = "ended" | "slow" | "gone";

/** How far the reader of a tap may be behind, beyond what its pipe holds. */
export const TAP_QUEUE_BYTES = 8 * 1024 * 1024;
/** All readers of a log thread together: whoever needs more than is left is too slow. */
export const ALL_QUEUES_BYTES = 64 * 1024 * 1024;

interface Held extends Attached {
  readonly queues: ReadonlyMap<Stream, TapQueue>;
  /** The container will say no more: it is let go of when nothing waits. */
  ended: boolean;
}

export class Taps {
  readonly #epoll: Epoll;
  readonly #detached: (attachId: string, why: Detachment) => void;
  readonly #taps = new Map<string, Held>();
  /** Those that wait for room, by descriptor. */
  readonly #waiting = new Map<number, Held>();

  constructor(epoll: Epoll, detached: (attachId: string, why: Detachment) => void) {
    this.#epoll = epoll;
    this.#detached = detached;
  }

  add({ id, tap }: Attached): void {
    const queues = new Map<Stream, TapQueue>();
    for (const stream of ["stdout", "stderr"] as const) {
      const fd = tap[stream];
      if (fd !== undefined) queues.set(stream, new TapQueue(fd));
    }
    this.#taps.set(tap.attachId, { id, tap, queues, ended: false });
  }

  /** Lets go of it without a word; unknown ids are fine. */
  remove(attachId: string): void {
    const held = this.#taps.get(attachId);
    for (const { fd } of held?.queues.values() ?? []) this.#rest(fd);
    this.#taps.delete(attachId);
  }

  /** Whether anybody wants what this stream says. */
  want(id: string, stream: Stream): boolean {
    for (const held of this.#taps.values()) if (held.id === id && held.queues.has(stream)) return true;
    return false;
  }

  copy(id: string, stream: Stream, bytes: Buffer): void {
    for (const held of this.#taps.values()) {
      const queue = held.queues.get(stream);
      if (held.id !== id || !queue) continue;
      if (!queue.put(bytes, this.#roomFor(held))) this.#letGo(held, queue.isGone ? "gone" : "slow");
      else this.#watch(held, queue);
    }
  }

  /** For a descriptor that is ready; false: it is no tap's. */
  ready(fd: number): boolean {
    const held = this.#waiting.get(fd);
    const queue = held && [...held.queues.values()].find((each) => each.fd === fd);
    if (!queue) return false;
    queue.flush();
    if (queue.isGone) this.#letGo(held, "gone");
    else this.#watch(held, queue);
    this.#endIfAllIsOut(held);
    return true;
  }

  /** The container will say no more. */
  end(id: string): void {
    for (const held of [...this.#taps.values()])
      if (held.id === id) {
        held.ended = true;
        this.#endIfAllIsOut(held);
      }
  }

  /** The thread ends: what waits in its memory is lost, and whose it was is told so. */
  letGoOfWaiting(): void {
    for (const held of new Set(this.#waiting.values())) this.#letGo(held, "slow");
  }

  #endIfAllIsOut(held: Held): void {
    if (held.ended && this.#taps.has(held.tap.attachId) && waitingOf(held) === 0) this.#letGo(held, "ended");
  }

  #roomFor(held: Held): number {
    const ofAll = new Set(this.#waiting.values()).values().reduce((sum, each) => sum + waitingOf(each), 0);
    return Math.max(0, Math.min(TAP_QUEUE_BYTES - waitingOf(held), ALL_QUEUES_BYTES - ofAll));
  }

  /** Level by level: a pipe with room is watched only while something waits for it. */
  #watch(held: Held, { fd, bytes }: TapQueue): void {
    if (bytes === 0) return this.#rest(fd);
    if (this.#waiting.has(fd)) return;
    this.#waiting.set(fd, held);
    this.#epoll.set(fd, EPOLLOUT);
  }

  #rest(fd: number): void {
    if (this.#waiting.delete(fd)) this.#epoll.remove(fd);
  }

  #letGo({ tap: { attachId } }: Held, why: Detachment): void {
    if (!this.#taps.has(attachId)) return;
    this.remove(attachId);
    this.#detached(attachId, why);
  }
}

const waitingOf = ({ queues }: Held): number => queues.values().reduce((sum, { bytes }) => sum + bytes, 0);
