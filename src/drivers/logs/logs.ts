/** The logs of all containers: each goes in the lane of its file system (`lane.ts`), which begins with the first of them. */
import { NotFound } from "../../errors.ts";
import { makeNonBlocking, widenPipe } from "../linux/descriptor.ts";
import type { LogSource, LogTerminal } from "./container-log.ts";
import { LogLane, type LogLaneOptions } from "./log-lane.ts";
import type { Tap } from "./taps.ts";

export type { LogsListener } from "./log-lane.ts";

/** `sources`: what a predecessor was logging, in whatever lanes. */
export type LogsOptions = Omit<LogLaneOptions, "lane">;

/** Room in a tap's pipe, where we may say so; otherwise 64 KiB. */
const TAP_BYTES = 1024 * 1024;

export class Logs {
  readonly #options: LogsOptions;
  readonly #lanes = new Map<string, LogLane>();
  /** By container. */
  readonly #inLane = new Map<string, LogLane>();

  constructor(options: LogsOptions) {
    this.#options = options;
    for (const [lane, sources] of Map.groupBy(options.sources, ({ lane = "" }) => lane)) {
      const begun = this.#begin(lane, sources);
      for (const { id } of sources) this.#inLane.set(id, begun);
    }
  }

  /** Begins to log. The descriptors stay the caller's, who closes them after `close`. */
  open(source: LogSource): void {
    const { id, lane = "" } = source;
    const into = this.#lanes.get(lane) ?? this.#begin(lane, []);
    this.#inLane.set(id, into);
    into.open(source);
  }

  /** For a container that is being logged without its terminal. Unknown ids are fine: nothing is held of them. */
  terminal(id: string, terminal: LogTerminal): void {
    this.#inLane.get(id)?.terminal(id, terminal);
  }

  /**
   * A raw copy of what leaves the container's FIFOs goes into the tap too, which becomes non-blocking: of all that is said
   * after this has resolved, and of nothing from before the call. What its pipe has no room for waits in memory: up to 8 MiB,
   * and 64 MiB for all taps of a lane. A tap that would need more is let go of, with what its pipe holds. Its descriptors are
   * the caller's to close, after `detached` or `detach`.
   */
  async attach(id: string, tap: Tap): Promise<void> {
    for (const fd of [tap.stdout, tap.stderr]) {
      if (fd === undefined) continue;
      makeNonBlocking(fd);
      widenPipe(fd, TAP_BYTES);
    }
    const lane = this.#inLane.get(id);
    if (lane) await lane.attach(id, tap);
    else this.#options.listener.detached(tap.attachId, "ended");
  }

  /** Resolves when nobody holds the tap's descriptors here, on a frozen disk when it is thawed; unknown ids are fine. */
  async detach(attachId: string): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.detach(attachId)));
  }

  /**
   * Between two records, goes on in the file that is now at the log's path, or in a new one. A line whose first part is in the
   * old file already has its rest in the new one, as with other runtimes. Rejects with NotFound or NotAllowed where there is no
   * log, and with Failed, Exhausted or Unavailable where it cannot be: then it goes on in the old one.
   */
  async reopen(id: string): Promise<void> {
    const lane = this.#inLane.get(id);
    if (!lane) throw new NotFound("log of container", id);
    await lane.reopen(id);
  }

  /** Resolves when all that is in the container's FIFOs now is in its log, or after `boundMs`; unknown ids are fine. */
  async drain(id: string, boundMs: number): Promise<void> {
    await this.#inLane.get(id)?.drain(id, boundMs);
  }

  /** Takes what there is and lets go of the container's descriptors; on a frozen disk that is when it is thawed. */
  async close(id: string): Promise<void> {
    const lane = this.#inLane.get(id);
    this.#inLane.delete(id);
    await lane?.close(id);
  }

  /** Ends all threads between two chunks; false: one is in the midst of a write that does not end. `resume` starts them again. */
  async stop(boundMs: number): Promise<boolean> {
    const stopped = await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(boundMs)));
    return stopped.every(Boolean);
  }

  resume(): void {
    for (const lane of this.#lanes.values()) lane.resume();
  }

  /** After `stop`. */
  release(): void {
    for (const lane of this.#lanes.values()) lane.release();
  }

  #begin(lane: string, sources: readonly LogSource[]): LogLane {
    const begun = new LogLane({ ...this.#options, lane, sources });
    this.#lanes.set(lane, begun);
    return begun;
  }
}
