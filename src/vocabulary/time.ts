/** Milliseconds on the monotonic clock of this boot (CLOCK_BOOTTIME): it survives the daemon, not a reboot. */
export type MonoMs = number;

/** Nanoseconds since 1970 as a decimal string: JSON has no 64-bit integers. */
export type WallNs = string;

/** `2026-11-22T05:00:00.000Z`, to the millisecond. */
export const rfc3339 = (at: WallNs): string => new Date(Number(BigInt(at) / 1_000_000n)).toISOString();

/** Sorts and compares wall times, which differ in length only before 2001. */
export const earlier = (a: WallNs, b: WallNs): boolean => BigInt(a) < BigInt(b);
