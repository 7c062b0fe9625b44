/**
 * Terminals of containers: what their masters have to read goes into the container's FIFO, and from there as any output does.
 *
 *   pty master ──splice──▶ FIFO ──(journal)──▶ log
 *
 * One splice is one system call: a kill finds each byte on one side or on the other.
 */
import type { Epoll } from "../linux/epoll.ts";
import { EPOLLIN } from "../linux/epoll.ts";
import { bytesWaiting } from "../linux/descriptor.ts";
import { isErrno } from "../linux/libc.ts";
import { splice } from "../linux/pipe.ts";
import { hasSession } from "../linux/terminal.ts";
import type { Feed, LogTerminal } from "./container-log.ts";

const MOVE_BYTES = 64 * 1024;
/** More than a terminal ever holds: who drains one that is written to without end stops here. */
const MOST_HELD_BYTES = 256 * 1024;
const FIRST_REST_MS = 10;
const LONGEST_REST_MS = 1000;

interface Watched extends LogTerminal {
  readonly feed: Feed;
  /** Since every slave was closed, while a session has the terminal: how long to rest, and until when. */
  restMs: number;
  restUntil: number | undefined;
}

export interface TerminalsOptions {
  readonly epoll: Epoll;
  readonly monoMs: () => number;
  /** Takes a chunk of the FIFO; false: it takes nothing now. */
  readonly pump: (feed: Feed) => boolean;
  readonly hungUp: (feed: Feed) => void;
}

export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #byMaster = new Map<number, Watched>();
  readonly #byFeed = new Map<Feed, Watched>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  add(feed: Feed, { master, into }: LogTerminal): void {
    const watched: Watched = { master, into, feed, restMs: FIRST_REST_MS, restUntil: undefined };
    this.#byMaster.set(master, watched);
    this.#byFeed.set(feed, watched);
    this.#options.epoll.set(master, EPOLLIN);
  }

  /** Lets go of it; a feed without one is fine. */
  remove(feed: Feed): void {
    const watched = this.#byFeed.get(feed);
    if (!watched) return;
    this.#options.epoll.remove(watched.master);
    this.#byMaster.delete(watched.master);
    this.#byFeed.delete(feed);
  }

  /** For a descriptor that is ready; one that is no master is fine. */
  ready(fd: number): void {
    const watched = this.#byMaster.get(fd);
    if (!watched) return;
    // With the FIFO full, its level would keep the thread spinning: it is watched again when that has moved on (`moved`).
    if (this.#move(watched) === 0 && bytesWaiting(watched.feed.fifo) > 0) this.#options.epoll.remove(fd);
    this.#options.pump(watched.feed);
  }

  /** The feed's FIFO has given something away. */
  moved(feed: Feed): void {
    const watched = this.#byFeed.get(feed);
    if (watched && watched.restUntil === undefined) this.#options.epoll.set(watched.master, EPOLLIN);
  }

  /** Moves all that the terminal has to read now, for whoever wants to see it in the log. */
  drain(feed: Feed): void {
    for (let total = 0; total < MOST_HELD_BYTES;) {
      const watched = this.#byFeed.get(feed);
      const moved = watched ? this.#move(watched) : 0;
      if (!watched || (moved === 0 && (bytesWaiting(feed.fifo) === 0 || !this.#options.pump(feed)))) return;
      total += moved;
    }
  }

  /** When the next of those that rest is due, on the clock of `monoMs`. */
  get due(): number {
    return Math.min(...[...this.#byMaster.values()].map(({ restUntil = Infinity }) => restUntil));
  }

  tryRested(): void {
    const now = this.#options.monoMs();
    for (const watched of [...this.#byMaster.values()])
      if (watched.restUntil !== undefined && watched.restUntil <= now) {
        watched.restUntil = undefined;
        this.#options.epoll.set(watched.master, EPOLLIN);
        this.ready(watched.master);
      }
  }

  /** Bytes that went over; 0: the terminal has none now, or the FIFO no room. */
  #move(watched: Watched): number {
    try {
      const moved = splice(watched.master, watched.into, MOVE_BYTES) ?? 0;
      if (moved > 0) watched.restMs = FIRST_REST_MS;
      return moved;
    } catch (error) {
      if (!isErrno(error, "EIO")) throw error;
      this.#closed(watched);
      return 0;
    }
  }

  /** Nobody has it open. Who has it as the terminal of its session may open it again, and to close it would hang that up. */
  #closed(watched: Watched): void {
    if (hasSession(watched.master)) {
      this.#options.epoll.remove(watched.master);
      watched.restUntil = this.#options.monoMs() + watched.restMs;
      watched.restMs = Math.min(watched.restMs * 2, LONGEST_REST_MS);
      return;
    }
    this.remove(watched.feed);
    this.#options.hungUp(watched.feed);
  }
}
