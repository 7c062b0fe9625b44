/**
 * Pumps chunks from FIFOs into logs, and has patience with logs that take nothing: they are tried again and again, while what
 * is written waits or, where that was asked for, is dropped and counted.
 */
import type { WallTime } from "../linux/clock.ts";
import { EPOLLEDGE, EPOLLIN, type Epoll } from "../linux/epoll.ts";
import type { Feed } from "./container-log.ts";
import { timestamp } from "./cri-format.ts";
import type { LogEntry } from "./log-entry.ts";
import { ShortWrite } from "./log-file.ts";
import type { Losses } from "./losses.ts";
import type { LogWriter } from "./log-writer.ts";
import type { LogNews } from "./messages.ts";
import type { Taps } from "./taps.ts";
import type { Terminals } from "./terminals.ts";

/** Of a container's two streams, the one that was written to first is told first. */
const ARRIVALS = EPOLLIN | EPOLLEDGE;

export interface LogPumpOptions {
  readonly epoll: Epoll;
  readonly writer: LogWriter;
  readonly losses: Losses;
  readonly taps: Taps;
  readonly terminals: Terminals;
  readonly tell: (news: LogNews) => void;
  /** After this long a log that took nothing is tried again. */
  readonly retryMs: number;
  readonly monoMs: () => number;
  readonly now: () => WallTime;
}

export class LogPump {
  readonly #options: LogPumpOptions;
  readonly #stalled = new Set<LogEntry>();

  constructor(options: LogPumpOptions) {
    this.#options = options;
  }

  /** When the next of the logs that take nothing is to be tried again, on the clock of `monoMs`. */
  get due(): number {
    return Math.min(...[...this.#stalled].map(({ stalledUntil }) => stalledUntil ?? 0));
  }

  tryStalled(): void {
    for (const entry of this.#stalled) if ((entry.stalledUntil ?? 0) <= this.#options.monoMs()) this.resume(entry);
  }

  forget(entry: LogEntry): void {
    this.#stalled.delete(entry);
    this.#options.losses.forget(entry.log.id);
  }

  /** Each FIFO is tried at once: one whose writers have gone before it was opened here is at its end, and no poll tells so. */
  listen(entry: LogEntry): void {
    for (const feed of entry.log.feeds) {
      if (feed.ended || (entry.stalledUntil !== undefined && !entry.drops)) continue;
      this.#options.epoll.set(feed.fifo, ARRIVALS);
      this.take(entry, feed);
    }
  }

  /** Whether bytes have left the FIFO. */
  take(entry: LogEntry, feed: Feed): boolean {
    if (feed.ended) return false;
    const before = feed.consumed;
    if (entry.stalledUntil === undefined) this.#log(entry, feed);
    if (entry.stalledUntil !== undefined && entry.drops) this.#drop(entry, feed);
    for (const number of entry.takeDone()) this.#options.tell({ type: "answer", number });
    if (feed.consumed === before) return false;
    // What is left, and what has come meanwhile, is told anew.
    if (!feed.ended && (entry.stalledUntil === undefined || entry.drops)) this.#options.epoll.set(feed.fifo, ARRIVALS);
    this.#options.terminals.moved(feed);
    return true;
  }

  #log(entry: LogEntry, feed: Feed): void {
    try {
      this.#finish(entry);
      this.#options.writer.tell(entry.log, this.#options.losses);
      if (this.#options.writer.pump(feed) === "ended") this.#end(entry, feed);
      const { toldStalled, droppedBytes } = entry;
      if (toldStalled) this.#options.tell({ type: "resumed", id: entry.log.id, droppedBytes });
      entry.toldStalled = false;
      entry.droppedBytes = 0;
    } catch (error) {
      this.#stall(entry, error);
    }
  }

  #finish(entry: LogEntry): void {
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

  /** Its end is told when the log takes again, after what there is to say in it. */
  #drop(entry: LogEntry, feed: Feed): void {
    const { writer, losses, epoll } = this.#options;
    const loss = losses.get(feed.log.id);
    if (!loss) return;
    const before = feed.consumed;
    if (writer.lose(feed, losses, loss) === "ended") epoll.remove(feed.fifo);
    entry.droppedBytes += feed.consumed - before;
  }

  /** Polls are levels: left in the set, a FIFO that is not read would keep the thread spinning. */
  #stall(entry: LogEntry, error: unknown): void {
    const { log } = entry;
    entry.stalledUntil = this.#options.monoMs() + this.#options.retryMs;
    this.#stalled.add(entry);
    const reason = error instanceof Error ? error.message : String(error);
    entry.drops = log.drops && this.#canCount(log.id, reason);
    if (!entry.drops) for (const { fifo } of log.feeds) this.#options.epoll.remove(fifo);
    if (!entry.toldStalled) this.#options.tell({ type: "stalled", id: log.id, reason, drops: entry.drops });
    entry.toldStalled = true;
  }

  /** Nothing is dropped that could not be told of: with no memory for the count, the container waits. */
  #canCount(id: string, reason: string): boolean {
    const { losses, now } = this.#options;
    const loss = losses.get(id);
    try {
      losses.write(loss && loss.bytes > 0 ? { ...loss, reason } : { id, bytes: 0, since: timestamp(now()), reason });
      return true;
    } catch {
      return false;
    }
  }

  /** Tries a log that took nothing again, before its time; any other is fine. */
  resume(entry: LogEntry): void {
    if (entry.stalledUntil === undefined) return;
    entry.stalledUntil = undefined;
    this.#stalled.delete(entry);
    this.listen(entry);
  }

  #end(entry: LogEntry, feed: Feed): void {
    feed.ended = true;
    this.#options.epoll.remove(feed.fifo);
    this.#options.terminals.remove(feed);
    if (!entry.log.ended) return;
    entry.log.close();
    this.#options.taps.end(entry.log.id);
    this.#options.tell({ type: "ended", id: entry.log.id });
  }
}
