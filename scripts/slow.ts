/** Limits in scripts and specs are for a machine of its own; an emulated one gives them a factor, by TROUPE_SLOW=20. */
const factor = Number(process.env["TROUPE_SLOW"] ?? 1);

/** `ms`, as long as it takes here. */
export const within = (ms: number): number => ms * factor;
