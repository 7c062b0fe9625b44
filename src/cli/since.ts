/** How long ago: `90s`, `10m`, `2h`, `1d`. */
import { Invalid } from "../errors.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds. Throws Invalid. */
export const agoMs = (text: string): number => {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new Invalid(`--since is a time such as 90s, 10m, 2h or 1d, not "${text}"`);
  return Number(count) * (UNITS[unit] ?? 0);
};
