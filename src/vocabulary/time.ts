/** Milliseconds on the monotonic clock of this boot (CLOCK_BOOTTIME): it survives the daemon, not a reboot. */
export type MonoMs = number;

/** Nanoseconds since 1970 as a decimal string: JSON has no 64-bit integers. */
export type WallNs = string;

/** Sorts and compares wall times, which differ in length only before 2001. */
export const earlier = (a: WallNs, b: WallNs): boolean => BigInt(a) < BigInt(b);
