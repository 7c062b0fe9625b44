/** The statistics of a comparison: medians, and the ratio of pairs with a bootstrap interval. Pure, and the same for the same seed. */

/** The value below which the share `q` (0 to 1) of `values` lies, interpolated; NaN of none. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (above - below) * (at - Math.floor(at));
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Numbers from 0 (inclusive) to 1, the same for the same seed (mulberry32). */
export const numbersFrom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

/** The same things in an order drawn from `next` (Fisher and Yates). */
export const shuffled = <Thing>(things: readonly Thing[], next: () => number): readonly Thing[] => {
  const order = [...things];
  for (let last = order.length - 1; last > 0; last--) {
    const drawn = Math.floor(next() * (last + 1));
    [order[last], order[drawn]] = [order[drawn]!, order[last]!];
  }
  return order;
};

export interface Ratio {
  /** Median of the pairs' ratios, ours ÷ theirs. */
  readonly ratio: number;
  /** The interval that holds it with 95 %, by resampling the pairs. */
  readonly spread: readonly [low: number, high: number];
}

const RESAMPLES = 2000;

/** `ours[i]` and `theirs[i]` were measured one right after the other; what has no partner is left out. */
export const ratioOfPairs = (ours: readonly number[], theirs: readonly number[], seed = 1): Ratio => {
  const ratios = Array.from({ length: Math.min(ours.length, theirs.length) }, (_, i) => ours[i]! / theirs[i]!);
  const next = numbersFrom(seed);
  const draw = (): number => median(ratios.map(() => ratios[Math.floor(next() * ratios.length)]!));
  const medians = Array.from({ length: RESAMPLES }, draw);
  return { ratio: median(ratios), spread: [quantile(medians, 0.025), quantile(medians, 0.975)] };
};
