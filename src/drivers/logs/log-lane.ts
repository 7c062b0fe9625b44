/**
 * The monitor's hand on the log thread of one lane. A thread that dies is started again, and goes on where it was: what it had
 * under way is in its journal. Taps are not: what they miss then nobody can tell, so they are let go of.
 */
import { closeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { fromFailure } from "../../errors.ts";
import { openEventfd, signalEventfd } from "../linux/eventfd.ts";
import { program } from "../linux/program.ts";
import type { LogSource, LogTerminal } from "./container-log.ts";
import { JOURNALD_SOCKET } from "./journald.ts";
import type { LogNews, LogOrder, LogThreadData } from "./messages.ts";
import { notThere, resumedText, stalledText } from "./log-words.ts";
import { Questions } from "./questions.ts";
import type { Attached, Detachment, Tap } from "./taps.ts";

export interface LogsListener {
  /** All that the container will ever write is in its log. */
  ended(id: string): void;
  /**
   * Nobody has the container's terminal open, nor as that of its session, and what it said is in the FIFO. Here neither of its
   * descriptors is held any more: whoever gave them closes `into`, so that the FIFO comes to its end, and `master`.
   */
  hungUp(id: string): void;
  /** A tap gets no more, and its descriptors are held here no more. A thread that died, and its pipe, are `gone` alike. */
  detached(attachId: string, why: Detachment): void;
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
  readonly journaldSocket?: string;
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
  readonly #taps = new Map<string, Attached>();
  readonly #questions = new Questions();
  readonly #closing = new Map<string, () => void>();
  /** Whose logs take nothing, and who were told so. */
  readonly #stalled = new Set<string>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;
  /** `process.exit` waits for threads, and this one sleeps in the kernel. */
  readonly #atExit = (): void => this.#order({ type: "stop" });

  constructor(options: LogLaneOptions) {
    this.#options = options;
    for (const source of options.sources) this.#sources.set(source.id, source);
    process.on("exit", this.#atExit);
    this.#start();
  }

  open(source: LogSource): void {
    clearTimeout(this.#idle);
    this.#sources.set(source.id, source);
    if (this.#worker) this.#order({ type: "open", source });
    else this.resume();
  }

  terminal(id: string, terminal: LogTerminal): void {
    const source = this.#sources.get(id);
    if (!source) return;
    this.#sources.set(id, { ...source, terminal });
    this.#order({ type: "terminal", id, terminal });
  }

  async attach(id: string, tap: Tap): Promise<void> {
    const attached = { id, tap };
    this.#taps.set(tap.attachId, attached);
    if (!this.#worker) return; // the next one begins with it
    await this.#questions.ask((number) => this.#order({ type: "attach", attached, number }), {});
  }

  async detach(attachId: string): Promise<void> {
    if (!this.#taps.delete(attachId) || !this.#worker) return;
    await this.#questions.ask((number) => this.#order({ type: "detach", attachId, number }), {});
  }

  async reopen(id: string): Promise<void> {
    if (!this.#worker) throw fromFailure(notThere(id));
    const send = (number: number): void => this.#order({ type: "reopen", id, number });
    const failure = await this.#questions.ask(send, { failure: notThere(id) });
    if (failure) throw fromFailure(failure);
  }

  /** A thread that dies answers no drain; its successor is not asked again: they end by their bound. */
  async drain(id: string, boundMs: number): Promise<void> {
    const send = (number: number): void => this.#order({ type: "drain", id, number });
    if (!(await this.#questions.askWithin(boundMs, send))) this.#overdue(id, boundMs);
  }

  /** Takes what there is and lets go of the container's descriptors; on a frozen disk that is never. */
  close(id: string): Promise<void> {
    if (!this.#sources.delete(id) || !this.#worker) return Promise.resolve();
    return new Promise((resolve) => {
      this.#closing.set(id, resolve);
      this.#order({ type: "close", id });
    });
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
      journaldSocket: this.#options.journaldSocket ?? JOURNALD_SOCKET,
      sources: [...this.#sources.values()],
      taps: [...this.#taps.values()],
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
      case "hungUp":
        return this.#hungUp(news.id);
      case "detached":
        return this.#detached(news.attachId, news.why);
      case "answer":
        return this.#questions.answer(news.number, news.failure);
      case "closed":
        return this.#closed(news.id);
      case "stalled":
        this.#stalled.add(news.id);
        return listener.warn(stalledText(news));
      case "resumed":
        this.#stalled.delete(news.id);
        return listener.warn(resumedText(news));
      case "warned":
        return listener.warn(news.text);
      case "stopped":
    }
  }

  #hungUp(id: string): void {
    const source = this.#sources.get(id);
    if (!source) return;
    const { terminal: _, ...rest } = source;
    this.#sources.set(id, rest);
    this.#options.listener.hungUp(id);
  }

  /** Once: whoever has called `detach` knows. */
  #detached(attachId: string, why: Detachment): void {
    if (this.#taps.delete(attachId)) this.#options.listener.detached(attachId, why);
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

  #rest(): void {
    clearTimeout(this.#idle);
    const end = async (): Promise<void> => {
      // What was opened while it ended is with those that it begins with.
      if ((await this.stop(STOP_MS)) && this.#sources.size > 0) this.resume();
    };
    this.#idle = setTimeout(() => void end(), this.#options.idleMs ?? IDLE_MS).unref();
  }

  #ended(): void {
    this.#worker = undefined;
    for (const id of this.#closing.keys()) this.#closed(id);
    this.#questions.died();
    if (this.#stopped) {
      this.#stopped();
      this.#stopped = undefined;
      return;
    }
    for (const attachId of this.#taps.keys()) this.#detached(attachId, "gone");
    this.#restart = setTimeout(() => this.resume(), this.#options.restartMs ?? 1000);
  }
}
