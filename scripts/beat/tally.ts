/** Counts what was hit where, and shows it as a table: victims down, places across. */
import type { Hit } from "./strike.ts";
import { PHASES, STEPS } from "./plan.ts";

const PLACES: readonly string[] = [...STEPS, "idle", "beside a tool", "recovery", ...PHASES, "missed"];

export const tally = (hits: readonly Hit[]): string => {
  const count = (victim: string, where: string): number =>
    hits.filter((hit) => hit.victim === victim && hit.where === where).length;
  const places = PLACES.filter((place) => place === "missed" || hits.some(({ where }) => where === place));
  const victims = [...new Set(hits.map(({ victim }) => victim))].toSorted();
  const rows = victims.map((victim) => [victim, ...places.map((place) => String(count(victim, place) || "·"))]);
  const table = [["", ...places], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  ");
  return table.map(line).join("\n");
};

export const tellHits = (hits: readonly Hit[]): string =>
  hits.map(({ victim, where }) => (where === "missed" ? `${victim} missed` : `${victim} hit: ${where}`)).join(", ") ||
  "nothing was killed";
