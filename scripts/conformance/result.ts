/** What one run of critest came to. */
import type { Benchmark } from "./benchmarks.ts";
import type { SpecEnd } from "./report.ts";

export interface RunResult {
  readonly specs: readonly SpecEnd[];
  readonly benchmarks: readonly Benchmark[];
  /** What was still there on the node when critest had ended, and all images were removed; "" if nothing was. */
  readonly left: string;
}
