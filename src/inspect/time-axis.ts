/**
 * Time as a width. What happens in a pod happens in bursts with hours between them: a gap in which nothing begins and nothing
 * ends takes little room, and says how long it is.
 */
import type { MonoMs } from "../vocabulary/index.ts";

export interface Gap {
  readonly from: MonoMs;
  readonly to: MonoMs;
  /** 0 to 1. */
  readonly left: number;
  readonly right: number;
}

export interface TimeAxis {
  readonly from: MonoMs;
  readonly to: MonoMs;
  /** Where a moment is: 0 to 1. */
  place(at: MonoMs): number;
  readonly gaps: readonly Gap[];
  readonly ticks: readonly { readonly at: MonoMs; readonly place: number }[];
}

/** A gap is drawn as long as this share of all that is no gap. */
const GAP_SHARE = 0.06;
/** And is one if it lasts this share of all that is no gap. */
const GAP_LEAST = 0.25;
const STEPS = [1, 2, 5];
/** Of the whole width, between two ticks. */
const TICK_SHARE = 0.1;

interface Piece {
  readonly from: MonoMs;
  readonly to: MonoMs;
  readonly gap: boolean;
  width: number;
}

/** Longest first, gaps are taken out until what is left is dense. */
const piecesOf = (moments: readonly MonoMs[]): Piece[] => {
  const pieces = moments.slice(1).map((to, n): Piece => {
    const from = moments[n]!;
    return { from, to, gap: false, width: to - from };
  });
  let dense = pieces.reduce((sum, { width }) => sum + width, 0);
  const long = new Set<Piece>();
  for (const piece of pieces.toSorted((one, other) => other.width - one.width)) {
    if (piece.width < 1000 || piece.width < (dense - piece.width) * GAP_LEAST || long.size >= 6) break;
    dense -= piece.width;
    long.add(piece);
  }
  const gapWidth = Math.max(dense * GAP_SHARE, 1);
  return pieces.map((piece) => (long.has(piece) ? { ...piece, gap: true, width: gapWidth } : piece));
};

const stepOf = (span: number): number => {
  const least = span * TICK_SHARE;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return (STEPS.find((step) => step * power >= least) ?? 10) * power;
};

/** Over moments at which something began or ended, in any order, and `now`. */
export const timeAxis = (moments: readonly MonoMs[], now: MonoMs): TimeAxis => {
  const sorted = [...new Set([...moments, now])].toSorted((one, other) => one - other);
  const [from = now] = sorted;
  const to = Math.max(sorted.at(-1) ?? now, from + 1);
  const pieces = piecesOf(sorted.length > 1 ? sorted : [from, to]);
  const whole = pieces.reduce((sum, { width }) => sum + width, 0) || 1;
  const starts: number[] = [];
  let sum = 0;
  for (const { width } of pieces) {
    starts.push(sum / whole);
    sum += width;
  }
  const place = (at: MonoMs): number => {
    if (at <= from) return 0;
    // The last piece that begins before it, by halves: an axis is asked for each bar of a long life.
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle]!.from <= at) low = middle;
      else high = middle - 1;
    }
    const piece = pieces[low]!;
    const share = Math.min(1, (at - piece.from) / (piece.to - piece.from || 1));
    return starts[low]! + (share * piece.width) / whole;
  };
  const gaps = pieces.flatMap((piece, n) =>
    piece.gap ? [{ from: piece.from, to: piece.to, left: starts[n]!, right: starts[n]! + piece.width / whole }] : [],
  );
  return { from, to, place, gaps, ticks: ticksOf(from, to, stepOf(whole), place, gaps) };
};

const ticksOf = (
  from: MonoMs,
  to: MonoMs,
  step: number,
  place: (at: MonoMs) => number,
  gaps: readonly Gap[],
): TimeAxis["ticks"] => {
  const ticks: { at: MonoMs; place: number }[] = [];
  let last = -1;
  for (let at = from; at <= to; at += step) {
    const gap = gaps.find((one) => at > one.from && at < one.to);
    if (gap)
      at = from + Math.floor((gap.to - from) / step) * step; // no tick in a gap, and no walk through it
    else if (gaps.some(({ left }) => left > place(at) && left - place(at) < TICK_SHARE * 0.7)) continue;
    else if (place(at) - last >= TICK_SHARE * 0.7 && place(at) < 0.96) ticks.push({ at, place: (last = place(at)) });
  }
  return ticks;
};
