/**
 * The log thread's life: sleep until a FIFO has something, an order comes or a stalled log is due again; take one chunk of
 * each FIFO that has something, so that a flood in one container delays the others by a chunk and no more.
 *
 * It is one synchronous loop in a thread of its own: a write may hang on a frozen disk, and nothing else hangs with it.
 */
import { NotAllowed, NotFound, toFailure } from "../../errors.ts";
import type { WallTime } from "../linux/clock.ts";
import { clearEventfd } from "../linux/eventfd.ts";
import { Epoll, EPOLLIN } from "../linux/epoll.ts";
import type { Feed, LogSource, LogTerminal } from "./container-log.ts";
import type { Chunk, Journal } from "./journal.ts";
import { Journald } from "./journald.ts";
import { LogEntry } from "./log-entry.ts";
import { LogPump } from "./log-pump.ts";
import type { Losses } from "./losses.ts";
import { LogWriter } from "./log-writer.ts";
import type { LogNews, LogOrder } from "./messages.ts";
import { Taps, type Attached } from "./taps.ts";
import { Terminals } from "./terminals.ts";

/** How long, under load, output may gather before it is taken, and how much is enough to take at once. */
const GATHER_MS = 1;
const ENOUGH_BYTES = 32 * 1024;

export interface LogLoopOptions {
  readonly wake: number;
  readonly journal: Journal;
  readonly losses: Losses;
  readonly journaldSocket: string;
  /** The next order, if one is there. */
  readonly nextOrder: () => LogOrder | undefined;
  readonly tell: (news: LogNews) => void;
  /** After this long a log that took nothing is tried again. */
  readonly retryMs: number;
  readonly monoMs: () => number;
  readonly now: () => WallTime;
}

export class LogLoop {
  readonly #options: LogLoopOptions;
  readonly #epoll = new Epoll();
  /** Of orders alone. */
  readonly #orders = new Epoll();
  readonly #entries = new Map<string, LogEntry>();
  readonly #feeds = new Map<number, Feed>();
  readonly #taps: Taps;
  readonly #journald: Journald;
  readonly #terminals: Terminals;
  readonly #pump: LogPump;
  readonly #writer: LogWriter;
  #stopped = false;
  /** Bytes of this turn. */
  #taken = 0;
  /** A container's streams took turns: what gathers in both of them has no order any more. */
  #alternates = false;
  /** When the last turn that took some ended. */
  #busyAt = -Infinity;

  constructor(options: LogLoopOptions) {
    this.#options = options;
    const { tell, monoMs, retryMs, journal, now, journaldSocket: socket } = options;
    const epoll = this.#epoll;
    const warn = (text: string): void => tell({ type: "warned", text });
    const journald = (this.#journald = new Journald({ epoll, socket, warn, retryMs, monoMs }));
    this.#taps = new Taps(epoll, (attachId, why) => tell({ type: "detached", attachId, why }));
    this.#terminals = new Terminals({
      epoll,
      monoMs,
      pump: (feed) => this.#take(feed),
      hungUp: ({ log }) => tell({ type: "hungUp", id: log.id }),
    });
    const taps = this.#taps;
    this.#writer = new LogWriter(journal, now, {
      want: (id, stream) => taps.want(id, stream) || journald.want(id),
      copy(id, stream, bytes) {
        taps.copy(id, stream, bytes);
        journald.copy(id, stream, bytes);
      },
    });
    this.#pump = new LogPump({ ...options, epoll, writer: this.#writer, taps: this.#taps, terminals: this.#terminals });
    for (const each of [epoll, this.#orders]) each.add(options.wake, EPOLLIN);
  }

  /** What was there before this thread; then all that it is told of, until it is told to stop. */
  run(sources: readonly LogSource[], taps: readonly Attached[]): void {
    const { journal, losses } = this.#options;
    const { unfinished } = journal;
    losses.keep(new Set(sources.map(({ id }) => id)));
    // Before any byte goes anywhere: a tap that goes on misses none.
    for (const attached of taps) this.#taps.add(attached);
    for (const source of sources) this.#sendFrom(source, true);
    // Its owner comes before any other: the journal holds one chunk.
    const isOwner = ({ id }: LogSource): boolean => id === unfinished?.id;
    for (const source of sources) if (isOwner(source)) this.#open(source, unfinished);
    for (const source of sources) if (!isOwner(source)) this.#open(source);
    while (!this.#stopped) this.#turn();
    this.#taps.letGoOfWaiting();
    for (const { log } of this.#entries.values()) log.close();
    // Node closes what a thread has opened by it, and knows nothing of what it has opened by system calls.
    for (const each of [this.#journald, this.#epoll, this.#orders, this.#writer, losses]) each.close();
    this.#options.tell({ type: "stopped" });
  }

  #turn(): void {
    const begun = this.#options.monoMs();
    this.#taken = 0;
    this.#alternates = false;
    for (const fd of this.#epoll.wait(this.#sleepMs())) {
      if (fd === this.#options.wake) this.#takeOrders();
      const feed = this.#feeds.get(fd);
      if (feed) this.#take(feed);
      else if (!this.#taps.ready(fd) && !this.#journald.ready(fd)) this.#terminals.ready(fd);
      if (this.#stopped) return;
    }
    this.#terminals.tryRested();
    this.#pump.tryStalled();
    this.#journald.tryAgain();
    this.#gather(begun);
  }

  /**
   * After a turn that took little and came right after another: whoever writes line by line would be served line by line, at a
   * wake-up and some ten system calls each. An order ends the rest at once.
   */
  #gather(begun: number): void {
    const isBusy = this.#taken > 0 && this.#taken < ENOUGH_BYTES && begun - this.#busyAt < GATHER_MS;
    if (isBusy && !this.#alternates) this.#orders.wait(GATHER_MS);
    if (this.#taken > 0) this.#busyAt = this.#options.monoMs();
  }

  #sleepMs(): number {
    const due = Math.min(this.#terminals.due, this.#pump.due, this.#journald.due);
    return due === Infinity ? -1 : Math.max(0, Math.ceil(due - this.#options.monoMs()));
  }

  #takeOrders(): void {
    clearEventfd(this.#options.wake);
    for (let order = this.#options.nextOrder(); order; order = this.#options.nextOrder()) this.#obey(order);
  }

  #obey(order: LogOrder): void {
    switch (order.type) {
      case "open":
        this.#sendFrom(order.source, false);
        return this.#open(order.source);
      case "terminal":
        return this.#addTerminal(this.#entries.get(order.id), order.terminal);
      case "attach":
        return this.#attach(order.attached, order.number);
      case "detach":
        this.#taps.remove(order.attachId);
        return this.#options.tell({ type: "answer", number: order.number });
      case "reopen":
        return this.#reopen(order.id, order.number);
      case "drain":
        return this.#drain(order.id, order.number);
      case "close":
        return this.#close(order.id);
      case "stop":
        this.#stopped = true;
    }
  }

  #open(source: LogSource, unfinished?: Chunk): void {
    const entry = new LogEntry(source, unfinished);
    this.#entries.set(source.id, entry);
    for (const feed of entry.log.feeds) this.#feeds.set(feed.fifo, feed);
    this.#pump.listen(entry);
    if (source.terminal) this.#addTerminal(entry, source.terminal);
  }

  #sendFrom({ id, journaldName }: LogSource, isInherited: boolean): void {
    if (journaldName !== undefined) this.#journald.add(id, journaldName, isInherited);
  }

  #addTerminal(entry: LogEntry | undefined, terminal: LogTerminal): void {
    const [feed] = entry?.log.feeds ?? [];
    if (!feed || feed.ended) return;
    this.#terminals.remove(feed);
    this.#terminals.add(feed, terminal);
  }

  #take(feed: Feed): boolean {
    const entry = this.#entries.get(feed.log.id);
    if (!entry) return false;
    const before = feed.consumed;
    const took = this.#pump.take(entry, feed);
    if (feed.consumed === before) return took;
    this.#taken += feed.consumed - before;
    this.#alternates ||= entry.lastFeed !== undefined && entry.lastFeed !== feed;
    entry.lastFeed = feed;
    return took;
  }

  #attach(attached: Attached, number: number): void {
    const entry = this.#entries.get(attached.id);
    this.#taps.add(attached);
    this.#options.tell({ type: "answer", number });
    if (!entry || entry.log.ended) this.#taps.end(attached.id);
  }

  #reopen(id: string, number: number): void {
    const entry = this.#entries.get(id);
    try {
      if (!entry) throw new NotFound("log of container", id);
      const { log } = entry;
      if (log.path === undefined) throw new NotAllowed(`container "${id}" has no log that could be opened again`);
      log.reopen(log.path);
      this.#pump.resume(entry); // what refused the old file may take the new one
      this.#options.tell({ type: "answer", number });
    } catch (error) {
      this.#options.tell({ type: "answer", number, failure: toFailure(error) });
    }
  }

  #drain(id: string, number: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return this.#options.tell({ type: "answer", number });
    for (const feed of entry.log.feeds) this.#terminals.drain(feed);
    entry.drain(number);
    for (const done of entry.takeDone()) this.#options.tell({ type: "answer", number: done });
  }

  #close(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) {
      for (const feed of entry.log.feeds) this.#terminals.drain(feed);
      const goals = entry.log.goals();
      for (const [index, feed] of entry.log.feeds.entries())
        while (!feed.ended && feed.consumed < (goals[index] ?? 0) && this.#pump.take(entry, feed));
      for (const number of entry.takeAll()) this.#options.tell({ type: "answer", number });
      for (const feed of entry.log.feeds) {
        this.#terminals.remove(feed);
        this.#epoll.remove(feed.fifo);
        this.#feeds.delete(feed.fifo);
      }
      this.#taps.end(id);
      this.#journald.remove(id);
      entry.log.close();
      this.#pump.forget(entry);
      this.#entries.delete(id);
    }
    this.#options.tell({ type: "closed", id });
  }
}
