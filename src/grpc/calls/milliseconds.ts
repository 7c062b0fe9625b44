import type { Int64 } from "../draft.ts";

/** CRI's seconds: less than none is none, more than a year is a year. */
export const milliseconds = (seconds: Int64): number => Math.min(Math.max(Number(seconds), 0), 365 * 24 * 3600) * 1000;
