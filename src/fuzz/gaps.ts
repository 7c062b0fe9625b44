/** What a tally says has never happened, of all that can. */
import { WAYS, type Way } from "./cells.ts";
import type { Tally } from "./coverage.ts";
import { impossible, isImpossibleEdge, isMeant } from "./impossible.ts";

export interface Share {
  readonly taken: number;
  readonly of: number;
  readonly never: readonly string[];
}
export interface Gaps {
  readonly states: Share;
  readonly edges: Share;
  readonly cells: Share;
}

const shareOf = (counts: readonly (readonly [string, number])[]): Share => {
  const never = counts.filter(([, count]) => count === 0).map(([name]) => name);
  return { taken: counts.length - never.length, of: counts.length, never };
};

const isPossible = (cell: string, way: Way): boolean =>
  !impossible.some((one) => one.ways.includes(way) && isMeant(one, cell));

/** `container: removing.resting --failed-> …`, where what is called there cannot fail in any way. */
const canFail = (cells: Tally["cells"]): ((edge: string) => boolean) => {
  const safe = Object.keys(cells)
    .filter((cell) => (["before", "after", "hang", "late"] as const).every((way) => !isPossible(cell, way)))
    .map((cell) => cell.split(" ", 2).join(": "));
  return (edge) => !safe.some((state) => edge.startsWith(`${state} --failed`));
};

export const gapsOf = ({ states, edges, cells }: Tally): Gaps => {
  const fallible = canFail(cells);
  return {
    states: shareOf(Object.entries(states)),
    edges: shareOf(Object.entries(edges).filter(([name]) => fallible(name) && !isImpossibleEdge(name))),
    cells: shareOf(
      Object.entries(cells).flatMap(([cell, ways]) =>
        WAYS.filter((way) => isPossible(cell, way)).map((way) => [`${cell}: ${way}`, ways[way]] as const),
      ),
    ),
  };
};
