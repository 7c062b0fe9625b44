/** All mutants there are, in an order that is the same everywhere. */
import type { AnyActorLogic } from "xstate";
import { growTree } from "../../supervisors/tree.ts";
import { Choices } from "../choices.ts";
import { callMutants } from "./calls.ts";
import { chartOf, statesOf } from "./chart.ts";
import { edgeMutants } from "./chart-edges.ts";
import { stepMutants } from "./chart-steps.ts";
import { whyEquivalent } from "./equivalents.ts";
import { inventoryMutants } from "./inventory.ts";
import { SUPERVISORS, type Mutant } from "./mutant.ts";
import { recoveryMutants } from "./recovery.ts";
import { systemMutants } from "./system.ts";
import { partMutants, tellingMutants } from "./supervisor-parts.ts";

/** What each kind of actor runs. */
const logics = (): ReadonlyMap<string, AnyActorLogic> => {
  const found = new Map<string, AnyActorLogic>();
  growTree((kind, logic) => {
    found.set(kind, logic);
    return logic;
  });
  return found;
};

/** What each state calls, by `kind: state`. */
const slotsIn = (kinds: ReadonlyMap<string, AnyActorLogic>): ReadonlyMap<string, string> =>
  new Map(
    [...kinds].flatMap(([kind, logic]) =>
      statesOf(chartOf(logic)).flatMap(({ path, state }): [string, string][] => {
        const src = state.invoke[0]?.src;
        return src === undefined ? [] : [[`${kind}: ${path.join(".")}`, src]];
      }),
    ),
  );

export interface Catalogue {
  readonly mutants: readonly Mutant[];
  /** What the rules made besides, and why it is not counted. */
  readonly equivalents: readonly { readonly mutant: Mutant; readonly reason: string }[];
}

export const catalogue = (): Catalogue => {
  const kinds = logics();
  const pod = kinds.get("pod");
  const slots = slotsIn(kinds);
  const made = [
    ...[...kinds]
      .filter(([kind]) => !SUPERVISORS.includes(kind))
      .flatMap(([kind, logic]) => [...edgeMutants(kind, logic), ...stepMutants(kind, logic), ...recoveryMutants(kind)]),
    ...(pod ? [...edgeMutants("supervisor", pod), ...partMutants("supervisor", pod)] : []),
    ...(pod ? tellingMutants(pod, kinds) : []),
    ...inventoryMutants(),
    ...callMutants(),
    ...systemMutants(),
  ].map((mutant) => ({ mutant, reason: whyEquivalent(mutant, slots) }));
  return {
    mutants: made.filter(({ reason }) => reason === undefined).map(({ mutant }) => mutant),
    equivalents: made.flatMap(({ mutant, reason }) => (reason === undefined ? [] : [{ mutant, reason }])),
  };
};

/** `count` of them, drawn by the seed, in the order of the list. */
export const drawn = (mutants: readonly Mutant[], seed: number, count: number): readonly Mutant[] => {
  const choices = new Choices({ seed });
  choices.begin();
  const left = [...mutants.keys()];
  const chosen = new Set<number>();
  while (chosen.size < count && left.length > 0) chosen.add(left.splice(choices.below(left.length), 1)[0] ?? 0);
  return mutants.filter((_, n) => chosen.has(n));
};
