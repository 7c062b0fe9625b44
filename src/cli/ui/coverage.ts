/** What a simulation has tried, as `npm run -s sim -- --json` prints it: counts of states and edges. */
import { readFileSync, statSync } from "node:fs";
import { Invalid } from "../../errors.ts";
import type { Coverage } from "../../inspect/page-message.ts";

const MOST_BYTES = 16 * 1024 * 1024;

const isCounts = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === "object" && value !== null && Object.values(value).every((count) => typeof count === "number");

/** Throws Invalid where the file is none. */
export const coverageIn = (path: string): Coverage => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) throw new Invalid(`there is no file ${path}`);
  if (stats.size > MOST_BYTES) throw new Invalid(`${path} has ${stats.size} bytes, so it is no tally of a simulation`);
  try {
    // Before its verdict in words, which is the last line, and behind what npm may say first.
    const line =
      readFileSync(path, "utf8")
        .split("\n")
        .find((one) => one.startsWith("{")) ?? "{}";
    const { states, edges } = (JSON.parse(line) as { readonly tally?: Partial<Coverage> }).tally ?? {};
    if (isCounts(states) && isCounts(edges)) return { states, edges };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Invalid(`${path} is no tally of a simulation: it has no counts of states and edges`);
};
