/** The logs of all containers: each goes in the lane of its file system (`lane.ts`), which begins with the first of them. */
import type { LogSource } from "./container-log.ts";
import { LogLane, type LogLaneOptions } from "./log-lane.ts";

export type { LogsListener } from "./log-lane.ts";

/** `sources`: what a predecessor was logging, in whatever lanes. */
export type LogsOptions = Omit<LogLaneOptions, "lane">;

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
