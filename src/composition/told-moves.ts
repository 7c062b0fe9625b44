/**
 * Transitions in the log, with what people call the object: where an actor comes to rest its last step may have taken the
 * record along that has the name, so that is looked up when it sets out.
 */
import type { Name } from "../inspect/record.ts";
import type { Transition } from "../supervisors/observer.ts";
import { isSaid } from "../vocabulary/index.ts";
import type { Report } from "./report.ts";
import { isOften, transitionLevel } from "./transition-level.ts";

export interface ToldMoves {
  moved(transition: Transition): void;
  gone(actor: string): void;
}

export const toldMoves = (
  report: Pick<Report, "moved" | "level">,
  nameOf: (actor: string) => Name | undefined,
): ToldMoves => {
  /** Of those that are on their way. */
  const names = new Map<string, Name>();
  return {
    moved(transition) {
      if (!isSaid("info", report.level())) return;
      const { actor } = transition;
      const level = transitionLevel(transition);
      if (level === "info") {
        report.moved(level, transition, names.get(actor) ?? nameOf(actor));
        names.delete(actor);
        return;
      }
      report.moved(level, transition);
      if (names.has(actor) || isOften(actor)) return;
      const name = nameOf(actor);
      if (name) names.set(actor, name);
    },
    gone: (actor) => void names.delete(actor),
  };
};
