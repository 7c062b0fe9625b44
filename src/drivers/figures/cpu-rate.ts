/**
 * How fast a counter of CPU time grows, between one reading and another at least a second before it. So several who ask at
 * once do not make each other's windows too short to mean anything, and nobody samples while nobody asks.
 */
import type { MonoMs } from "../../vocabulary/index.ts";

const SHORTEST_MS = 1000;

export class CpuRate {
  #at: MonoMs | undefined;
  #usageNs = 0;
  #rate: number | undefined;

  /** Billionths of a CPU; absent at the first reading, and for a second after it. */
  of(at: MonoMs, usageNs: number): number | undefined {
    if (this.#at !== undefined && at - this.#at < SHORTEST_MS) return this.#rate;
    if (this.#at !== undefined)
      this.#rate = Math.max(0, Math.round(((usageNs - this.#usageNs) / (at - this.#at)) * 1000));
    this.#at = at;
    this.#usageNs = usageNs;
    return this.#rate;
  }
}
