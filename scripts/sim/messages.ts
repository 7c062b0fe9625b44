/** What the simulation's processes say to each other. */
import type { Tape } from "../../src/fuzz/choices.ts";
import type { Tally } from "../../src/fuzz/coverage.ts";
import type { Plan } from "../../src/fuzz/exhaustive.ts";

/** A piece of work: schedules by their seeds, or plans with all their crash points. */
export type Work = { readonly seeds: readonly number[] } | { readonly plans: readonly Plan[] };

export interface Finding {
  readonly text: string;
  /** `seed 181`, or a plan and its crash point. */
  readonly where: string;
  readonly tape: Tape | undefined;
}

export interface Done {
  readonly schedules: number;
  readonly choices: readonly number[];
  readonly findings: readonly Finding[];
  readonly tally: Tally;
}
