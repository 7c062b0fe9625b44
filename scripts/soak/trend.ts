/** Whether something grows: a straight line through samples (least squares), its slope, and how sure that is. Pure. */

export interface Sample {
  readonly hours: number;
  readonly value: number;
}

/** Shares of the mean, an hour: 0.01 is one percent. */
export interface Trend {
  readonly slope: number;
  /** Half the width of the interval that holds the slope with 95 %, if what is around the line is chance. */
  readonly error: number;
  /** From the first sample to the last. */
  readonly hours: number;
}

/** `grows`: even the low end of the interval is above the limit, and it has come to something. `open`: a longer run has to tell. */
export type Verdict = "flat" | "open" | "grows";

/** Of Student's distribution, 97.5 %, by degrees of freedom; the rest is so near to the last that it does not matter. */
const STUDENT = [Infinity, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.145, 2.086, 2.042];
const FREEDOM = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 20, 30];

const student = (freedom: number): number => STUDENT[FREEDOM.findLastIndex((known) => known <= freedom)] ?? Infinity;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of fewer than three samples the error is infinite. */
export const trendOf = (samples: readonly Sample[]): Trend => {
  const [middle, level] = [mean(samples.map(({ hours }) => hours)), mean(samples.map(({ value }) => value))];
  const sum = (of: (sample: Sample) => number): number => samples.reduce((total, sample) => total + of(sample), 0);
  const spread = sum(({ hours }) => (hours - middle) ** 2);
  const freedom = samples.length - 2;
  const hours = Math.max(...samples.map((sample) => sample.hours)) - Math.min(...samples.map((sample) => sample.hours));
  if (freedom < 1 || spread === 0) return { slope: 0, error: Infinity, hours };
  const slope = sum(({ hours, value }) => (hours - middle) * (value - level)) / spread;
  const rest = sum(({ hours, value }) => (value - level - slope * (hours - middle)) ** 2);
  const error = student(freedom) * Math.sqrt(rest / freedom / spread);
  return { slope: slope / level, error: error / level, hours };
};

/** A program that has run for minutes still settles: so much of it has to have come before it counts. */
const SOMETHING = 0.004;

export const judge = ({ slope, error, hours }: Trend, limit: number): Verdict => {
  const least = slope - error;
  if (least > limit && least * hours > SOMETHING) return "grows";
  return slope + error <= limit ? "flat" : "open";
};
