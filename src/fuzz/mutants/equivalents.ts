/** Mutants that cannot be told from the sound daemon, by how the tree is made: they are not counted. */
import type { Mutant } from "./mutant.ts";

interface Equivalent {
  readonly kinds: readonly string[];
  /** Of ids without their kind. */
  readonly ids: RegExp;
  readonly reason: string;
}

const SUPERVISORS = ["pod", "pods", "images", "leaks", "daemon"];
const but = (...others: readonly string[]): readonly string[] => SUPERVISORS.filter((kind) => !others.includes(kind));

/** Without an edge that is never taken, or with another target or fewer actions, nothing changes; its guard is looked at. */
const neverTaken = (edge: string): RegExp =>
  new RegExp(`^(drop edge ${edge}$|retarget edge ${edge} to|drop action \\w+ of ${edge}$)`);
const partsOf = (...actions: readonly string[]): RegExp => new RegExp(`^(${actions.join("|")}) does not`);

const done = "anywhere › xstate\\.done\\.actor\\.\\*";
const crashed = "anywhere › xstate\\.error\\.actor\\.\\*";

const EQUIVALENTS: readonly Equivalent[] = [
  { kinds: but("daemon"), ids: neverTaken(`${crashed} 1`), reason: "no child of it is vital" },
  { kinds: but("daemon"), ids: neverTaken(`${crashed} 4`), reason: "it isolates: it never fails for a child" },
  {
    kinds: but("daemon"),
    ids: /^drop guard isolating /,
    reason: "it isolates: the guard always holds",
  },
  { kinds: ["daemon"], ids: neverTaken(`${crashed} 3`), reason: "it isolates nobody" },
  { kinds: ["daemon"], ids: neverTaken("anywhere › retry"), reason: "nobody is in its quarantine" },
  { kinds: ["daemon"], ids: partsOf("quarantine", "release"), reason: "nobody is in its quarantine" },
  { kinds: SUPERVISORS, ids: neverTaken(`${done} 1`), reason: "no permanent child has an end" },
  { kinds: but("pod"), ids: neverTaken(`${done} 2`), reason: "it outlives its last child" },
  { kinds: but("pod"), ids: neverTaken("anywhere › again 1"), reason: "it outlives its last child" },
  {
    kinds: ["pods", "leaks", "daemon"],
    ids: neverTaken("anywhere › again 2"),
    reason: "its children never have nothing left to do",
  },
  { kinds: ["pods", "leaks", "daemon"], ids: partsOf("dismiss"), reason: "its children never have nothing left to do" },
  { kinds: but("pod"), ids: neverTaken("anywhere › ask\\.\\*"), reason: "its children ask it nothing" },
  { kinds: but("pod"), ids: partsOf("react"), reason: "it has no mind" },
  { kinds: but("pod"), ids: /^drop action react of/, reason: "it has no mind" },
  {
    kinds: ["leaks", "daemon"],
    ids: neverTaken("anywhere › spawn"),
    reason: "all its children are there from the start",
  },
  { kinds: ["leaks", "daemon"], ids: partsOf("spawn"), reason: "all its children are there from the start" },
];

/** Edges for the failure of a wait on the clock: it cannot fail, and is only called off when nobody hears of it any more. */
const isOfClock = ({ operator, id }: Mutant, waits: ReadonlySet<string>): boolean => {
  const edge = /(?:edge|\w+ of) (\S+) › failed/.exec(id)?.[1];
  const kind = id.split(":", 1)[0];
  return /edge|action/.test(operator) && edge !== undefined && waits.has(`${kind}: ${edge}`);
};

/** Why it is equivalent; undefined: it is not known to be. `waits`: `kind: state` of each state that waits on the clock. */
export const whyEquivalent = (mutant: Mutant, waits: ReadonlySet<string>): string | undefined => {
  const [kind = "", what = ""] = mutant.id.split(/: (.*)/s, 2);
  if (isOfClock(mutant, waits)) return "a wait on the clock does not fail";
  return EQUIVALENTS.find(({ kinds, ids }) => kinds.includes(kind) && ids.test(what))?.reason;
};
