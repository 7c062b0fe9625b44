/** Chance that can be had again: TROUPE_SEED in the environment, or a seed of the moment, to be printed by who uses it. */
export const seedOfRun = Number(process.env["TROUPE_SEED"] ?? Date.now() % 1_000_000);

/** mulberry32: whole numbers from 0 up to, and without, `below`; the same for the same seed. */
export const numbersFrom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};
