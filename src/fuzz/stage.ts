/** What all schedules of one process share: the tree, grown once, and what is done to its actors. */
import type { AnyActorLogic } from "xstate";
import { growTree, type Tree } from "../supervisors/tree.ts";
import { Thrown } from "./conduct.ts";
import type { DaemonOptions } from "./daemon.ts";
import type { Flight } from "./flight.ts";

/** The tree that all schedules of this process share, and what is done to its actors. */
export interface Stage {
  readonly tree: Tree;
  /** After this many events whoever is given one throws. */
  armed: number | undefined;
  /** This one throws at each of so many events. */
  poison: { readonly actor: string; left: number } | undefined;
  /** Records what follows; guards that say no only where its `watch` is what the stage was set with. */
  flight: Flight | undefined;
  readonly inventory?: DaemonOptions["inventory"];
  readonly system?: DaemonOptions["system"];
}

/** `change`: for mutants, each kind's logic as it is to run. */
export const setStage = (
  change: (kind: string, logic: AnyActorLogic) => AnyActorLogic = (_, logic) => logic,
  inventory?: DaemonOptions["inventory"],
): Stage => {
  const dress = (kind: string, logic: AnyActorLogic): AnyActorLogic => {
    const changed = change(kind, logic);
    const armed = Object.create(changed) as AnyActorLogic;
    armed.transition = (snapshot, event, scope) => {
      if (stage.armed !== undefined && stage.armed-- === 0) {
        stage.armed = undefined;
        throw new Thrown(scope.self.id, "a throw that the schedule brings");
      }
      if (stage.poison?.actor === scope.self.id && stage.poison.left-- > 0)
        throw new Thrown(scope.self.id, "a throw that the schedule brings again and again");
      return changed.transition(snapshot, event, scope);
    };
    return armed;
  };
  const stage: Stage = {
    tree: growTree(dress),
    armed: undefined,
    poison: undefined,
    flight: undefined,
    ...(inventory ? { inventory } : {}),
  };
  return stage;
};
