/** What a simulation has tried, as `npm run -s sim -- --json` prints it: counts of states and edges. */
import { readFileSync, statSync } from "node:fs";
import { Invalid } from "../../errors.ts";
import type { Coverage } from "../../inspect/page-message.ts";

const MOST_BYTES = 16 * 1024 * 1024;

const isCounts = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === "object" && value !== null && Object.values(value).every((count) => typeof count === "number");

/** Throws Invalid where the file is none. */
export const coverageIn = (path: string): Coverage => {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new Invalid(`there is no file ${path}`);
  if (size > MOST_BYTES) throw new Invalid(`${path} has ${size} bytes, so it is no tally of a simulation`);
  try {
    const { tally } = JSON.parse(readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "") as {
      readonly tally?: Partial<Coverage>;
    };
    const { states, edges } = tally ?? {};
    if (isCounts(states) && isCounts(edges)) return { states, edges };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Invalid(`${path} is no tally of a simulation: it has no counts of states and edges`);
};
