/** Mutants that cannot be told from the sound daemon, by how the tree is made: they are not counted. */
import { impossible, impossibleEdges } from "../impossible.ts";
import type { Mutant } from "./mutant.ts";

interface Equivalent {
  readonly kinds: readonly string[];
  /** Of ids without their kind. */
  readonly ids: RegExp;
  readonly reason: string;
}

/** Without an edge that is never taken, or with another target or fewer actions, nothing changes; its guard is looked at. */
const neverTaken = (edge: string): RegExp =>
  new RegExp(`^(drop edge ${edge}$|retarget edge ${edge} to|drop action \\w+ of ${edge}$)`);

const EQUIVALENTS: readonly Equivalent[] = [
  {
    kinds: ["supervisor"],
    ids: neverTaken("anywhere › xstate\\.done\\.actor\\.\\* 1"),
    reason: "no permanent child has an end",
  },
];

/** Of an edge for the failure of a call that the simulated node never lets fail: why it does not. */
const whyNoFailure = ({ operator, id }: Mutant, slots: ReadonlyMap<string, string>): string | undefined => {
  const edge = /(?:edge|\w+ of) (\S+) › failed/.exec(id)?.[1];
  const kind = id.split(":", 1)[0] ?? "";
  const slot = slots.get(`${kind}: ${edge ?? ""}`);
  if (!/edge|action/.test(operator) || slot === undefined) return undefined;
  return impossible.find(
    ({ slots, ways }) =>
      (slots.includes(slot) || slots.includes(`${kind} ${slot}`)) && ways.includes("before") && ways.includes("after"),
  )?.why;
};

/** Of an edge that nothing can take: why not. */
const whyNeverTaken = (kind: string, what: string): string | undefined =>
  impossibleEdges.find(
    ({ edge = "" }) => edge.startsWith(`${kind}: `) && neverTaken(edge.slice(kind.length + 2)).test(what),
  )?.why;

/** Why it is equivalent; undefined: it is not known to be. `slots`: what each state calls, by `kind: state`. */
export const whyEquivalent = (mutant: Mutant, slots: ReadonlyMap<string, string>): string | undefined => {
  const [kind = "", what = ""] = mutant.id.split(/: (.*)/s, 2);
  const whyNot = whyNoFailure(mutant, slots);
  if (whyNot !== undefined) return whyNot;
  const whyNever = whyNeverTaken(kind, what);
  if (whyNever !== undefined) return whyNever;
  return EQUIVALENTS.find(({ kinds, ids }) => kinds.includes(kind) && ids.test(what))?.reason;
};
