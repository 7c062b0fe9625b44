/** What the log thread knows of one container, beside its log: who waits for it, and what became of bytes that it did not take. */
import { ContainerLog, type Feed, type LogSource } from "./container-log.ts";
import type { Chunk } from "./journal.ts";

interface Drain {
  readonly number: number;
  /** As of `ContainerLog.goals`. */
  readonly goals: readonly number[];
}

export class LogEntry {
  readonly log: ContainerLog;
  /** A predecessor's chunk on its way into this log, to be finished before anything else goes in. */
  unfinished: Chunk | undefined;
  /** Which of its streams had something last. */
  lastFeed: Feed | undefined;
  /** Set while the log takes nothing: when to try again. */
  stalledUntil: number | undefined;
  toldStalled = false;
  /** What it writes while it is stalled is dropped and counted. */
  drops = false;
  /** Since it was told that it is stalled. */
  droppedBytes = 0;
  #drains: readonly Drain[] = [];

  constructor(source: LogSource, unfinished?: Chunk) {
    this.log = new ContainerLog(source);
    this.unfinished = unfinished;
  }

  /** To be answered when all that is in the FIFOs now has left them. */
  drain(number: number): void {
    this.#drains = [...this.#drains, { number, goals: this.log.goals() }];
  }

  /** The drains that are to be answered now. */
  takeDone(isDone: (drain: Drain) => boolean = this.#isDone): readonly number[] {
    if (this.#drains.length === 0) return [];
    const done = this.#drains.filter(isDone);
    this.#drains = this.#drains.filter((drain) => !done.includes(drain));
    return done.map(({ number }) => number);
  }

  /** All of them: there is nothing to wait for any more. */
  takeAll(): readonly number[] {
    return this.takeDone(() => true);
  }

  readonly #isDone = ({ goals }: Drain): boolean =>
    this.log.feeds.every(({ consumed, ended }: Feed, index) => ended || consumed >= (goals[index] ?? 0));
}
