/** What a case gets: the systems, alive all of them and asked one at a time, and a place for what it measures. */
import type { Crowds } from "./crowd.ts";
import { ourName, record, twinName, type Outcome } from "./results.ts";
import { numbersFrom, shuffled } from "./statistics.ts";
import type { System } from "./system.ts";

export interface Stage {
  /** Troupe is the first. */
  readonly systems: readonly System[];
  /** Longer runs, and Troupe against itself. */
  readonly full: boolean;
  readonly outcome: Outcome;
  readonly crowds: Crowds;
  /** Whether this case, or variant `case/variant`, is wanted. */
  wants(name: string): boolean;
  record(name: string, unit: string, system: string, value: number): void;
  tell(text: string): void;
}

/** A case file. */
export interface Case {
  /** What its results are called, without variants. */
  readonly names: readonly string[];
  run(stage: Stage): Promise<void>;
}

/** `--only pod-start` takes all of its variants, `--only pod-start/pid-pod` one. */
export const wanting =
  (only: readonly string[]) =>
  (name: string): boolean =>
    only.length === 0 ||
    only.some((asked) => name === asked || name.startsWith(`${asked}/`) || asked.startsWith(`${name}/`));

export const stageOf = (
  systems: readonly System[],
  options: { full: boolean; only: readonly string[]; crowds: Crowds },
  outcome: Outcome,
  tell: (text: string) => void,
): Stage => ({
  ...options,
  systems,
  outcome,
  wants: wanting(options.only),
  record: (name, unit, system, value) => record(outcome, name, unit, system, value),
  tell,
});

/**
 * `count` rounds: in each, every system once, one after the other, in an order drawn anew: so each round is a pair with each
 * peer, and what the machine does meanwhile meets all of them alike. With `full`, Troupe comes twice in a round.
 */
export const rounds = async (
  stage: Stage,
  count: number,
  work: (system: System, round: number) => Promise<void>,
): Promise<void> => {
  const next = numbersFrom(count);
  const twins = stage.systems.filter(({ name }) => stage.full && name === ourName);
  const systems = [...stage.systems, ...twins.map((system) => ({ ...system, name: twinName }))];
  for (let round = 0; round < count; round++) for (const system of shuffled(systems, next)) await work(system, round);
};
