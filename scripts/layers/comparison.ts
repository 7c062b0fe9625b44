/** One stack unpacked in two ways, and what of it nobody has explained. */
import { join } from "node:path";
import { differencesOf, type Difference } from "./differences.ts";
import type { Stack } from "./entry.ts";
import { explanations, refusals } from "./explained.ts";
import { statedBy, type Stated } from "./stated.ts";
import { byTroupe, byUmoci, type Unpacked } from "./unpackers.ts";

export interface Comparison {
  /** Both refused it, or both unpacked it, or one of them. */
  readonly outcome: "unpacked" | "refused" | "at odds";
  /** Names of explanations, as often as they were needed. */
  readonly explained: readonly string[];
  readonly unexplained: readonly Difference[];
}

/** `place`: a directory of its own for this and nothing else. */
export const compare = async (stack: Stack, place: string): Promise<Comparison> => {
  // A second ago: the clock of files goes in jiffies, behind this one.
  const began = BigInt(Date.now() - 1000) * 1_000_000n;
  const [ours, theirs] = [await byTroupe(stack, join(place, "ours")), await byUmoci(stack, join(place, "theirs"))];
  const explained: string[] = [];
  const unexplained: Difference[] = [];
  const stated = statedBy(stack);
  for (const difference of differencesOf(ours, theirs)) {
    const name = nameOf(difference, { ours, theirs, stated, began });
    if (name === undefined) unexplained.push(difference);
    else explained.push(name);
  }
  const refused = [ours, theirs].filter((unpacked) => "refused" in unpacked).length;
  return { outcome: (["unpacked", "at odds", "refused"] as const)[refused] ?? "at odds", explained, unexplained };
};

interface Outcome {
  readonly ours: Unpacked;
  readonly theirs: Unpacked;
  readonly stated: Stated;
  readonly began: bigint;
}

const nameOf = (difference: Difference, { ours, theirs, stated, began }: Outcome): string | undefined => {
  if ("tree" in ours && "tree" in theirs) {
    const of = { ours: ours.tree, theirs: theirs.tree, stated, began };
    return explanations.find(({ fits }) => fits(difference, of))?.name;
  }
  return "tree" in ours ? refusals.find(({ words }) => words.test(difference.theirs))?.name : undefined;
};

/** The same stack with as few entries as still leave something unexplained. */
export const shrink = async (stack: Stack, place: string): Promise<Stack> => {
  let smallest = stack;
  for (let layer = stack.length - 1; layer >= 0; layer -= 1) {
    for (let entry = (stack[layer]?.length ?? 0) - 1; entry >= 0; entry -= 1) {
      const smaller = smallest.map((entries, index) =>
        index === layer ? entries.filter((_, at) => at !== entry) : entries,
      );
      if ((await compare(smaller, place)).unexplained.length > 0) smallest = smaller;
    }
  }
  const kept = smallest.filter((entries) => entries.length > 0);
  return (await compare(kept, place)).unexplained.length > 0 ? kept : smallest;
};
