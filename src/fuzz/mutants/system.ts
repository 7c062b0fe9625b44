/** Mutants of what the system does beside the tree: the check of generations, and the answers to callers. */
import type { System } from "../../supervisors/system.ts";
import { SUPERVISORS, type Mutant } from "./mutant.ts";
import type { Place } from "./reach.ts";

const mutant = (what: string, system: (system: System) => void, places?: readonly Place[]): Mutant => ({
  id: `system: ${what}`,
  operator: "forget a duty of the system",
  system,
  ...(places ? { places } : {}),
});
/** Where a supervisor takes this edge. */
const taking = (edge: string): readonly Place[] => SUPERVISORS.map((kind) => ({ kind, state: "", edge }));
const nothing = (): void => {};

export const systemMutants = (): readonly Mutant[] => [
  mutant("a closed door lets in and out", (system) => {
    system.door.close = nothing;
  }),
  mutant("nobody is answered", ({ callers }) => {
    callers.check = nothing;
  }),
  mutant(
    "callers of an actor that has nothing left to do are not answered",
    ({ callers }) => {
      callers.dismiss = nothing;
    },
    taking("anywhere --again[0]"),
  ),
  mutant(
    "callers of a quarantined actor are not answered",
    ({ callers }) => {
      callers.giveUp = nothing;
    },
    taking("anywhere --failed[2]"),
  ),
  mutant("callers wait for the work before theirs", ({ callers }) => {
    const { attach } = callers;
    callers.attach = (actor, n, what, caller, tell) => attach.call(callers, actor, n - 1, what, caller, tell);
  }),
  mutant("what is told from outside is not heard", (system) => {
    system.tell = () => true;
  }),
];
