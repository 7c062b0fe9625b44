/** Several ways to the same thing, tried in order: the first that works counts, and where none does all their errors are told. */
import { TroupeError } from "../../errors.ts";
import { PolicyRefusal } from "./trust/policy-refusal.ts";

/**
 * Throws the last one's error with the others' texts, which `others` introduces (`mirrors before it`). After an abort, and
 * after a PolicyRefusal, nothing more is tried. `ways` is not empty.
 */
export const firstThatWorks = async <Way, Result>(
  ways: readonly Way[],
  attempt: (way: Way) => Promise<Result>,
  others: string,
  signal: AbortSignal,
): Promise<Result> => {
  const failures: unknown[] = [];
  for (const way of ways) {
    try {
      return await attempt(way);
    } catch (error) {
      // An image that is not to be trusted is not to be had from elsewhere under the same name.
      if (error instanceof PolicyRefusal) throw error;
      failures.push(error);
      if (signal.aborted) break;
    }
  }
  const last = failures.pop();
  if (failures.length === 0 || !(last instanceof TroupeError)) throw last;
  const texts = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new TroupeError(last.code, `${last.message}; ${others}: ${texts.join("; ")}`, last);
};
