/**
 * The monitor's hand on the log thread of one lane. A thread that dies is started again, and goes on where it was: what it had
 * under way is in its journal.
 */
import { closeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { openEventfd, signalEventfd } from "../linux/eventfd.ts";
import { program } from "../linux/program.ts";
import type { LogSource } from "./container-log.ts";
import type { LogNews, LogOrder, LogThreadData } from "./messages.ts";

export interface LogsListener {
  /** All that the container will ever write is in its log. */
  ended(id: string): void;
  /** What a person should know: a log that takes nothing, a thread that died. */
  warn(text: string): void;
}

export interface LogLaneOptions {
  /** `lane.ts`; empty: of containers that have no log. */
  readonly lane: string;
  /** For the journal; on a memory filesystem. */
  readonly directory: string;
  /** What a predecessor was logging. */
  readonly sources: readonly LogSource[];
  readonly listener: LogsListener;
  /** After this long a thread that died is started again. */
  readonly restartMs?: number;
  /** After this long without a log it ends; a thread takes some 10 MiB. */
  readonly idleMs?: number;
}

const IDLE_MS = 30_000;
/** How long a thread that has nothing to do may take to end. */
const STOP_MS = 5_000;

export class LogLane {
  readonly #options: LogLaneOptions;
  readonly #wake = openEventfd();
  readonly #sources = new Map<string, LogSource>();
  readonly #drains = new Map<number, () => void>();
  readonly #closing = new Map<string, () => void>();
  /** Whose logs take nothing, and who were told so. */
  readonly #stalled = new Set<string>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;
  #number = 0;
  /** `process.exit` waits for threads, and this one sleeps in the kernel. */
  readonly #atExit = (): void => this.#order({ type: "stop" });

  constructor(options: LogLaneOptions) {
    this.#options = options;
    for (const source of options.sources) this.#sources.set(source.id, source);
    process.on("exit", this.#atExit);
    this.#start();
  }

  /** Begins to log. The descriptors stay the caller's, who closes them after `close`. */
  open(source: LogSource): void {
    clearTimeout(this.#idle);
    this.#sources.set(source.id, source);
    if (this.#worker) this.#order({ type: "open", source });
    else this.resume();
  }

  /** Resolves when all that is in the container's FIFOs now is in its log, or after `boundMs`; unknown ids are fine. */
  drain(id: string, boundMs: number): Promise<void> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#overdue(id, boundMs);
        done();
      }, boundMs);
      const drains = this.#drains;
      function done(): void {
        clearTimeout(timer);
        drains.delete(number);
        resolve();
      }
      drains.set(number, done);
      this.#order({ type: "drain", id, number });
    });
  }

  /** Takes what there is and lets go of the container's descriptors; on a frozen disk that is never. */
  close(id: string): Promise<void> {
    if (!this.#sources.delete(id) || !this.#worker) return Promise.resolve();
    return new Promise((resolve) => {
      this.#closing.set(id, resolve);
      this.#order({ type: "close", id });
    });
  }

  #rest(): void {
    clearTimeout(this.#idle);
    const end = async (): Promise<void> => {
      // What was opened while it ended is with those that it begins with.
      if ((await this.stop(STOP_MS)) && this.#sources.size > 0) this.resume();
    };
    this.#idle = setTimeout(() => void end(), this.#options.idleMs ?? IDLE_MS).unref();
  }

  /** Ends the thread between two chunks; false: it is in the midst of a write that does not end. `resume` starts it again. */
  async stop(boundMs: number): Promise<boolean> {
    clearTimeout(this.#restart);
    clearTimeout(this.#idle);
    const worker = this.#worker;
    if (!worker) return true;
    const stopped = new Promise<true>((resolve) => {
      this.#stopped = () => resolve(true);
    });
    this.#order({ type: "stop" });
    const timer = Promise.withResolvers<false>();
    const handle = setTimeout(timer.resolve, boundMs, false);
    const result = await Promise.race([stopped, timer.promise]);
    clearTimeout(handle);
    if (!result) this.#stopped = undefined;
    return result;
  }

  resume(): void {
    if (!this.#worker) this.#start();
  }

  /** After `stop`. */
  release(): void {
    process.off("exit", this.#atExit);
    closeSync(this.#wake);
  }

  #start(): void {
    const data: LogThreadData = {
      directory: this.#options.directory,
      lane: this.#options.lane,
      wake: this.#wake,
      sources: [...this.#sources.values()],
    };
    const worker = new Worker(program("log-thread", import.meta.url), { name: "logs", workerData: data });
    this.#worker = worker;
    worker.on("message", (news: LogNews) => this.#hear(news));
    worker.on("error", (error: Error) => this.#options.listener.warn(`the log thread failed: ${error.message}`));
    worker.on("exit", () => this.#ended());
  }

  #order(order: LogOrder): void {
    if (!this.#worker) return;
    this.#worker.postMessage(order);
    signalEventfd(this.#wake);
  }

  #hear(news: LogNews): void {
    const { listener } = this.#options;
    switch (news.type) {
      case "ended":
        return listener.ended(news.id);
      case "drained":
        return this.#drains.get(news.number)?.();
      case "closed":
        return this.#closed(news.id);
      case "stalled":
        this.#stalled.add(news.id);
        return listener.warn(`the log of container "${news.id}" takes nothing: ${news.reason}; what it writes is kept`);
      case "resumed":
        this.#stalled.delete(news.id);
        return listener.warn(`the log of container "${news.id}" takes again`);
      case "stopped":
    }
  }

  /** Nobody hears of a write that hangs from the thread that hangs in it. */
  #overdue(id: string, boundMs: number): void {
    if (this.#stalled.has(id)) return;
    const kept = "what it writes is kept, and written when its file system answers";
    this.#options.listener.warn(`the log of container "${id}" has not taken all within ${boundMs} ms: ${kept}`);
  }

  #closed(id: string): void {
    this.#stalled.delete(id);
    this.#closing.get(id)?.();
    this.#closing.delete(id);
    if (this.#sources.size === 0 && this.#worker) this.#rest();
  }

  #ended(): void {
    this.#worker = undefined;
    for (const id of this.#closing.keys()) this.#closed(id);
    if (this.#stopped) {
      this.#stopped();
      this.#stopped = undefined;
      return;
    }
    // Drains that were asked of it end by their bound.
    this.#restart = setTimeout(() => this.resume(), this.#options.restartMs ?? 1000);
  }
}
