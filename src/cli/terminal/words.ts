/** Spans of time in words: whole ones, as in a sentence. Those of the page (src/inspect/words.ts) keep their width while they count. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const both = (ms: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string => {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ""}`;
};

/** `0.4 ms`, `240 ms`, `3.4 s`, `6 min 12 s`, `2 d 4 h`; what is negative is no time at all. */
export const span = (ms: number): string => {
  if (ms <= 0) return "0 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < SECOND) return `${Math.floor(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return both(ms, [MINUTE, "min"], [SECOND, "s"]);
  return ms < DAY ? both(ms, [HOUR, "h"], [MINUTE, "min"]) : both(ms, [DAY, "d"], [HOUR, "h"]);
};
