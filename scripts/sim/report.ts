/** What a simulation tells of itself when it is over. */
import { WAYS, type Ways } from "../../src/fuzz/cells.ts";
import type { Tally } from "../../src/fuzz/coverage.ts";
import { gapsOf, type Share } from "../../src/fuzz/gaps.ts";

const columns = WAYS.map((way) => way.replace("crash ", "✝ "));

/** Driver call × what became of it and of the daemon meanwhile. */
export const histogram = (calls: Tally["calls"]): string => {
  const names = Object.keys(calls).toSorted();
  const width = Math.max(4, ...names.map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(" ");
  const row = (name: string): string =>
    line(
      name,
      WAYS.map((way) => String((calls[name] as Ways)[way] || "·")),
    );
  return [line("call", columns), ...names.map(row)].join("\n");
};

const inOneLine = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, count]) => `${what} ${count}`)
    .join(", ");

export const befallen = ({ clients, strikes }: Tally): string =>
  [`asked: ${inOneLine(clients)}`, `befell: ${inOneLine(strikes)}`].join("\n");

const MOST_NEVER = 60;

const share = (what: string, { taken, of, never }: Share): string => {
  const percent = ((100 * taken) / Math.max(1, of)).toFixed(1);
  const listed = never.slice(0, MOST_NEVER).map((name) => `  never: ${name}`);
  const more = never.length > MOST_NEVER ? [`  … and ${never.length - MOST_NEVER} more`] : [];
  return [`${what}: ${taken} of ${of} (${percent} %)`, ...listed, ...more].join("\n");
};

export const coverage = (tally: Tally): string => {
  const { states, edges, cells } = gapsOf(tally);
  return [share("states", states), share("transitions", edges), share("cells", cells)].join("\n");
};
