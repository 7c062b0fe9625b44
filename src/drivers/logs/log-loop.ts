/**
 * The log thread's life: sleep until a FIFO has something, an order comes or a stalled log is due again; take one chunk of
 * each FIFO that has something, so that a flood in one container delays the others by a chunk and no more.
 *
 * It is one synchronous loop in a thread of its own: a write may hang on a frozen disk, and nothing else hangs with it.
 */
import { clearEventfd } from "../linux/eventfd.ts";
import { Epoll, EPOLLIN } from "../linux/epoll.ts";
import { ContainerLog, ShortWrite, type Feed, type LogSource } from "./container-log.ts";
import type { Journal, Unfinished } from "./journal.ts";
import type { LogWriter } from "./log-writer.ts";
import type { LogNews, LogOrder } from "./messages.ts";

export interface LogLoopOptions {
  readonly wake: number;
  readonly journal: Journal;
  readonly writer: LogWriter;
  /** The next order, if one is there. */
  readonly nextOrder: () => LogOrder | undefined;
  readonly tell: (news: LogNews) => void;
  /** After this long a log that took nothing is tried again. */
  readonly retryMs: number;
  readonly monoMs: () => number;
}

interface Drain {
  readonly number: number;
  readonly goals: readonly number[];
}

interface Entry {
  readonly log: ContainerLog;
  drains: readonly Drain[];
  /** A predecessor's chunk on its way into this log, to be finished before anything else goes in. */
  unfinished: Unfinished | undefined;
  /** Set while the log takes nothing: when to try again. */
  stalledUntil: number | undefined;
  toldStalled: boolean;
}

export class LogLoop {
  readonly #options: LogLoopOptions;
  readonly #epoll = new Epoll();
  readonly #entries = new Map<string, Entry>();
  readonly #feeds = new Map<number, Feed>();
  readonly #stalled = new Set<Entry>();
  #stopped = false;

  constructor(options: LogLoopOptions) {
    this.#options = options;
    this.#epoll.add(options.wake, EPOLLIN);
  }

  run(sources: readonly LogSource[]): void {
    const { unfinished } = this.#options.journal;
    // Its owner comes before any other: the journal holds one chunk.
    const isOwner = ({ id }: LogSource): boolean => id === unfinished?.chunk.id;
    for (const source of sources) if (isOwner(source)) this.#open(source, unfinished);
    for (const source of sources) if (!isOwner(source)) this.#open(source);
    while (!this.#stopped) this.#turn();
    for (const { log } of this.#entries.values()) log.close();
    this.#options.tell({ type: "stopped" });
  }

  #turn(): void {
    for (const fd of this.#epoll.wait(this.#sleepMs())) {
      if (fd === this.#options.wake) this.#takeOrders();
      const feed = this.#feeds.get(fd);
      if (feed) this.#pump(feed);
      if (this.#stopped) return;
    }
    for (const entry of this.#stalled) if ((entry.stalledUntil ?? 0) <= this.#options.monoMs()) this.#resume(entry);
  }

  #sleepMs(): number {
    if (this.#stalled.size === 0) return -1;
    const due = Math.min(...[...this.#stalled].map(({ stalledUntil }) => stalledUntil ?? 0));
    return Math.max(0, Math.ceil(due - this.#options.monoMs()));
  }

  #takeOrders(): void {
    clearEventfd(this.#options.wake);
    for (let order = this.#options.nextOrder(); order; order = this.#options.nextOrder()) this.#obey(order);
  }

  #obey(order: LogOrder): void {
    switch (order.type) {
      case "open":
        return this.#open(order.source);
      case "close":
        return this.#close(order.id);
      case "stop":
        this.#stopped = true;
        return;
      case "drain": {
        const entry = this.#entries.get(order.id);
        if (!entry) return this.#options.tell({ type: "drained", number: order.number });
        entry.drains = [...entry.drains, { number: order.number, goals: entry.log.goals() }];
        return this.#tellDrained(entry);
      }
    }
  }

  #open(source: LogSource, unfinished?: Unfinished): void {
    const log = new ContainerLog(source);
    const entry: Entry = { log, drains: [], unfinished, stalledUntil: undefined, toldStalled: false };
    this.#entries.set(log.id, entry);
    for (const feed of log.feeds) this.#feeds.set(feed.fifo, feed);
    this.#listen(entry);
  }

  /** Each FIFO is tried at once: one whose writers have gone before it was opened here is at its end, and no poll tells so. */
  #listen(entry: Entry): void {
    for (const feed of entry.log.feeds) {
      if (feed.ended || entry.stalledUntil !== undefined) continue;
      this.#epoll.set(feed.fifo, EPOLLIN);
      this.#pump(feed);
    }
  }

  #pump(feed: Feed): void {
    const entry = this.#entries.get(feed.log.id);
    if (!entry || feed.ended || entry.stalledUntil !== undefined) return;
    try {
      this.#finish(entry);
      if (this.#options.writer.pump(feed) === "ended") this.#end(entry, feed);
      if (entry.toldStalled) this.#options.tell({ type: "resumed", id: entry.log.id });
      entry.toldStalled = false;
    } catch (error) {
      this.#stall(entry, error);
    }
    this.#tellDrained(entry);
  }

  #finish(entry: Entry): void {
    if (!entry.unfinished) return;
    try {
      this.#options.writer.finish(entry.log, entry.unfinished);
    } catch (error) {
      // What a full disk did not take is in the FIFO as any other output; before that, nothing is decided yet.
      if (error instanceof ShortWrite) entry.unfinished = undefined;
      throw error;
    }
    entry.unfinished = undefined;
  }

  /** Polls are levels: left in the set, a FIFO that is not read would keep the thread spinning. */
  #stall(entry: Entry, error: unknown): void {
    entry.stalledUntil = this.#options.monoMs() + this.#options.retryMs;
    this.#stalled.add(entry);
    for (const { fifo } of entry.log.feeds) this.#epoll.remove(fifo);
    const reason = error instanceof Error ? error.message : String(error);
    if (!entry.toldStalled) this.#options.tell({ type: "stalled", id: entry.log.id, reason });
    entry.toldStalled = true;
  }

  #resume(entry: Entry): void {
    entry.stalledUntil = undefined;
    this.#stalled.delete(entry);
    this.#listen(entry);
  }

  #end(entry: Entry, feed: Feed): void {
    feed.ended = true;
    this.#epoll.remove(feed.fifo);
    if (!entry.log.ended) return;
    entry.log.close();
    this.#options.tell({ type: "ended", id: entry.log.id });
  }

  #tellDrained(entry: Entry): void {
    const isDone = ({ goals }: Drain): boolean =>
      entry.log.feeds.every(({ consumed, ended }, index) => ended || consumed >= (goals[index] ?? 0));
    for (const drain of entry.drains) if (isDone(drain)) this.#options.tell({ type: "drained", number: drain.number });
    entry.drains = entry.drains.filter((drain) => !isDone(drain));
  }

  #close(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) {
      const goals = entry.log.goals();
      for (const [index, feed] of entry.log.feeds.entries())
        while (!feed.ended && entry.stalledUntil === undefined && feed.consumed < (goals[index] ?? 0)) this.#pump(feed);
      for (const { number } of entry.drains) this.#options.tell({ type: "drained", number });
      for (const { fifo } of entry.log.feeds) {
        this.#epoll.remove(fifo);
        this.#feeds.delete(fifo);
      }
      entry.log.close();
      this.#stalled.delete(entry);
      this.#entries.delete(id);
    }
    this.#options.tell({ type: "closed", id });
  }
}
