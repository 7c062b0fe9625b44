/** Which specs are for a test machine, and the line that tells how they ended. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Is run from its beginning again in a machine that it has rebooted; so none is to have run before it. */
const reboots = (name: string): boolean => name.startsWith("reboot.");

/** Paths from the repository on, in the order in which they run; with words only those whose name has one of them. */
export const specsIn = (repository: string, words: readonly string[]): string[] =>
  readdirSync(join(repository, "spec", "vm"))
    .filter((name) => name.endsWith(".vm.spec.ts") && (words.length === 0 || words.some((word) => name.includes(word))))
    .toSorted((one, other) => Number(reboots(other)) - Number(reboots(one)) || one.localeCompare(other))
    .map((name) => join("spec", "vm", name));

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const tellTotals = ({ passed, failed, skipped }: Totals): void =>
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
