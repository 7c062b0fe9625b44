/** What a mutant is: the daemon with one thing wrong in it, made by a rule. */
import type { AnyActorLogic } from "xstate";
import type { Calls } from "../../actors/calls.ts";
import type { Inventory } from "../../supervisors/tree.ts";
import type { System } from "../../supervisors/system.ts";
import { setStage, type Stage } from "../stage.ts";
import type { Place } from "./reach.ts";

export interface Mutant {
  /** Stable, and the same on every machine: what is wrong, in words. */
  readonly id: string;
  /** The rule that made it. */
  readonly operator: string;
  /** Where it is wrong: a schedule that comes to none of these places is what it was. Absent: anywhere. */
  readonly places?: readonly Place[];
  /** Each kind's logic as it is to run. Throws when what is wrong keeps it from being built. */
  readonly logic?: (kind: string, logic: AnyActorLogic) => AnyActorLogic;
  /** What recovery is told is to be. */
  readonly inventory?: (inventory: Inventory) => Inventory;
  /** The door, as slots know it. */
  readonly calls?: (door: Calls) => Calls;
  /** The system, before it starts. */
  readonly system?: (system: System) => void;
}

/** All of them run one chart: what is wrong in it is wrong in all. */
export const SUPERVISORS: readonly string[] = ["pod", "pods", "images", "leaks", "daemon"];
/** The kinds of actors that a mutant is about. */
const kindsOf = (kind: string): readonly string[] => (kind === "supervisor" ? SUPERVISORS : [kind]);

/** A mutant whose actors of one kind run something else. */
export const ofKind = (
  { kind, operator, what, places }: { kind: string; operator: string; what: string; places?: readonly Place[] },
  change: (logic: AnyActorLogic) => AnyActorLogic,
): Mutant => ({
  id: `${kind}: ${what}`,
  operator,
  ...(places ? { places: places.flatMap((place) => kindsOf(place.kind).map((kind) => ({ ...place, kind }))) } : {}),
  logic: (one, logic) => (kindsOf(kind).includes(one) ? change(logic) : logic),
});

/** The stage on which it plays. `over` is put around every logic. */
export const stageOf = (
  mutant: Pick<Mutant, "logic" | "inventory" | "calls" | "system">,
  over: (kind: string, logic: AnyActorLogic) => AnyActorLogic,
): Stage => {
  const { logic: change = (_, logic) => logic, calls, inventory, system } = mutant;
  const grown = setStage((kind, logic) => over(kind, change(kind, logic)), inventory);
  const stage: Stage = system ? Object.assign(grown, { system }) : grown;
  if (calls) {
    const { port } = stage.tree;
    let door = port.door;
    // A system gives the tree its door anew at each start.
    Object.defineProperty(port, "door", {
      get: () => door,
      set: (given: Calls) => {
        door = calls(given);
      },
    });
  }
  return stage;
};
