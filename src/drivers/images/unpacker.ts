/**
 * The daemon's unpack workers: a few processes, each with one pull's layers at a time, kept for a moment between two pulls.
 *
 * A pull has its worker while its blobs come. Where nothing comes for a while and another pull waits for a worker, that one gets
 * it: nobody waits for another's slow registry. What was unpacked is lost then, and done again when the blobs are there.
 */
import { Cancelled, fromFailure } from "../../errors.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import { UnpackChild } from "./unpack-child.ts";
import type { BlobCame, UnpackJob } from "./unpack-job.ts";

/** The worker is told so often how far a blob has come. */
const stepBytes = 256 * 1024;

export type LayersToUnpack = Omit<UnpackJob, "daemonPid">;

export interface Unpacking {
  came(came: BlobCame): void;
  /** Rejects with Cancelled, when its worker has ended. Undefined: others needed its worker while nothing came. */
  readonly ended: Promise<readonly WrittenLayer[] | undefined>;
}

export interface UnpackWorkersOptions {
  /** Workers at a time. */
  readonly most: number;
  /** How long one without work is kept. */
  readonly idleMs?: number;
  /** Nothing has come for so long: others may have its worker. */
  readonly starvedMs?: number;
}

interface Task {
  readonly job: LayersToUnpack;
  readonly came: Map<string, BlobCame>;
  readonly done: PromiseWithResolvers<readonly WrittenLayer[] | undefined>;
  /** By performance.now(). */
  lastCame: number;
  child?: UnpackChild;
  /** Why its worker was killed. */
  killed?: "taken back" | "called off";
}

export class UnpackWorkers {
  readonly #options: Required<UnpackWorkersOptions>;
  readonly #line: Task[] = [];
  readonly #working = new Set<Task>();
  readonly #idle = new Map<UnpackChild, NodeJS.Timeout>();
  #again: NodeJS.Timeout | undefined;

  constructor({ most, idleMs = 1000, starvedMs = 1000 }: UnpackWorkersOptions) {
    this.#options = { most, idleMs, starvedMs };
  }

  /** Unpacks what has come and what will. On abort the worker is killed. */
  begin(job: LayersToUnpack, signal: AbortSignal): Unpacking {
    const done = Promise.withResolvers<readonly WrittenLayer[] | undefined>();
    const task: Task = { job, came: new Map(), done, lastCame: performance.now() };
    const off = (): void => void this.#callOff(task);
    if (signal.aborted) off();
    else {
      signal.addEventListener("abort", off, { once: true });
      this.#line.push(task);
      this.#serve();
    }
    const ended = done.promise.finally(() => signal.removeEventListener("abort", off));
    ended.catch(() => {}); // whoever waits for it will hear of it
    return { came: (came) => this.#came(task, came), ended };
  }

  /** Resolves when those without work have ended. */
  async close(): Promise<void> {
    clearTimeout(this.#again);
    await Promise.all([...this.#idle.keys()].map((child) => this.#dismiss(child)));
  }

  #came(task: Task, came: BlobCame): void {
    const before = task.came.get(came.blob)?.bytes ?? 0;
    task.lastCame = performance.now();
    if (!came.whole && before > 0 && came.bytes >= before && came.bytes < before + stepBytes) return;
    task.came.set(came.blob, came);
    task.child?.came(came);
  }

  #serve(): void {
    clearTimeout(this.#again);
    while (this.#line.length > 0) {
      const child = this.#free();
      if (!child) break;
      const task = this.#line.shift();
      if (task) void this.#give(task, child);
    }
    if (this.#line.length === 0) return;
    const starved = [...this.#working].find((task) => this.#isStarved(task));
    if (starved) void this.#takeBack(starved);
    else this.#again = setTimeout(() => this.#serve(), this.#options.starvedMs).unref();
  }

  #free(): UnpackChild | undefined {
    for (const [child, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(child);
      if (child.usable) return child;
    }
    return this.#working.size < this.#options.most ? new UnpackChild() : undefined;
  }

  async #give(task: Task, child: UnpackChild): Promise<void> {
    task.child = child;
    this.#working.add(task);
    const answered = child.work(task.job);
    for (const came of task.came.values()) child.came(came);
    const answer = await answered;
    this.#working.delete(task);
    if (task.killed === "taken back") task.done.resolve(undefined);
    else if (task.killed) task.done.reject(new Cancelled("unpacking was called off"));
    else if ("failure" in answer) task.done.reject(fromFailure(answer.failure));
    else task.done.resolve(answer.unpacked);
    if (child.usable) this.#rest(child);
    this.#serve();
  }

  #rest(child: UnpackChild): void {
    child.rest();
    const timer = setTimeout(() => void this.#dismiss(child), this.#options.idleMs).unref();
    this.#idle.set(child, timer);
  }

  #dismiss(child: UnpackChild): Promise<void> {
    clearTimeout(this.#idle.get(child));
    this.#idle.delete(child);
    return child.dismiss();
  }

  async #callOff(task: Task): Promise<void> {
    const at = this.#line.indexOf(task);
    if (at >= 0) this.#line.splice(at, 1);
    task.killed = "called off";
    await task.child?.kill();
    task.done.reject(new Cancelled("unpacking was called off"));
  }

  #isStarved({ job, came, lastCame, killed }: Task): boolean {
    const missing = job.layers.some((layer) => !("here" in layer) && came.get(layer.blob)?.whole !== true);
    return missing && killed === undefined && performance.now() - lastCame >= this.#options.starvedMs;
  }

  async #takeBack(task: Task): Promise<void> {
    task.killed = "taken back";
    await task.child?.kill();
  }
}
