/** What was measured, as it comes; and what it says: one line for each case and peer. */
import { goalOf, judge, type Verdict } from "./goals.ts";
import { median, ratioOfPairs } from "./statistics.ts";

/** A case's samples: `systems[name][i]` is of round `i`, so that equal indices are a pair. */
export interface Samples {
  readonly unit: string;
  readonly systems: Record<string, number[]>;
}

export interface Outcome {
  readonly samples: Record<string, Samples>;
  /** Cases that could not be taken, with the reason. */
  readonly skipped: Record<string, string>;
  /** Paragraphs for RESULTS.md by their headings: phases, memory by process. */
  readonly findings: Record<string, string>;
  /** What is wrong whatever the figures say. */
  readonly faults: string[];
  readonly systems: Record<string, string>;
  /** Seconds that it took, and the shares of the CPUs' time that others of this machine and of its host took. */
  machine?: { readonly seconds: number; readonly others: number; readonly stolen: number };
}

export interface Line {
  readonly case: string;
  readonly peer: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  /** Ours ÷ theirs, and the 95 % interval of it. */
  readonly ratio: number;
  readonly spread: readonly [number, number];
  /** The most that the ratio may be; null: nothing was promised of it. */
  readonly goal: number | null;
  /** The most that ours may be, in the unit, besides; null as above. */
  readonly most: number | null;
  readonly met: Verdict | null;
  /** Pairs. */
  readonly n: number;
}

export const ourName = "troupe";
/** Troupe against itself: how far a ratio strays with nothing to be found. */
export const twinName = "troupe (A/A)";

export const emptyOutcome = (): Outcome => ({ samples: {}, skipped: {}, findings: {}, faults: [], systems: {} });

export const record = (outcome: Outcome, name: string, unit: string, system: string, value: number): void => {
  const { systems } = (outcome.samples[name] ??= { unit, systems: {} });
  (systems[system] ??= []).push(value);
};

const round = (value: number): number => Number(value.toPrecision(4));

export const linesOf = ({ samples }: Outcome): readonly Line[] =>
  Object.entries(samples).flatMap(([name, { unit, systems }]) => {
    const ours = systems[ourName] ?? [];
    return Object.entries(systems).flatMap(([peer, theirs]) => {
      if (peer === ourName || ours.length === 0) return [];
      const found = ratioOfPairs(ours, theirs);
      const goal = goalOf(name, peer);
      return {
        case: name,
        peer,
        ours: round(median(ours)),
        theirs: round(median(theirs)),
        unit,
        ratio: round(found.ratio),
        spread: [round(found.spread[0]), round(found.spread[1])] as const,
        goal: goal?.ratio ?? null,
        most: goal?.ours ?? null,
        met: goal ? judge(goal, median(ours), found) : null,
        n: Math.min(ours.length, theirs.length),
      };
    });
  });
