/** Texts of the kernel as values: `key value` lines (cgroups), lines of `some` and `full` (PSI), lone numbers. */
import type { Pressure, Stall } from "../../vocabulary/index.ts";

/** The number after `key` at the beginning of a line; absent: there is no such line. */
export const valueOf = (text: string, key: string): number | undefined => {
  const line = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (line === 0 && !text.startsWith(`${key} `)) return undefined;
  return Number.parseInt(text.slice(line + key.length + 1, line + key.length + 25), 10);
};

/** As `valueOf`, 0 where there is no such line. */
export const countOf = (text: string, key: string): number => valueOf(text, key) ?? 0;

/** v1 writes "no limit" as the largest number of pages there is. */
const UNLIMITED = 2 ** 62;

/** A file with one number. Absent: no file, `max`, or a limit so high that it is none. */
export const numberIn = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) || value > UNLIMITED ? undefined : value;
};

/** `some avg10=0.12 avg60=0.00 avg300=0.00 total=4711`, microseconds. */
const STALL = /^(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)$/gm;

/** Absent: no file, or nothing in it that is known. `full` of the CPU is not there before Linux 5.13. */
export const pressureIn = (text: string | undefined): Pressure | undefined => {
  if (text === undefined) return undefined;
  const stalls: { some?: Stall; full?: Stall } = {};
  for (const [, kind, avg10, avg60, avg300, total] of text.matchAll(STALL))
    stalls[kind as "some" | "full"] = {
      totalNs: Number(total) * 1000,
      avg10: Number(avg10),
      avg60: Number(avg60),
      avg300: Number(avg300),
    };
  return stalls.some || stalls.full ? stalls : undefined;
};
