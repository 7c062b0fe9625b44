/** An explanation as clients are told it: with wall times, and in a sentence. */
import type { Explanation } from "../machines/explanation.ts";
import { sentenceOf } from "../machines/sentence.ts";
import { rfc3339, type MonoMs, type WallNs } from "../vocabulary/index.ts";

/** Plain JSON. Moments are RFC 3339. */
export interface Lifecycle {
  /** The path of its state; absent while it is being started again after a crash. */
  readonly state?: string;
  /** What it was asked to do, and has not done yet. */
  readonly work?: { readonly verb: string; readonly since: string };
  readonly waitsFor?: string;
  readonly since?: string;
  /** What ends the wait at the latest. */
  readonly until?: { readonly what: string; readonly at: string };
  readonly lastTrouble?: { readonly text: string; readonly at: string };
  readonly tries?: number;
  /** An anchor of docs/stuck.md. */
  readonly help?: string;
  /** Who has to act first. */
  readonly other?: Lifecycle;
  /** All of it, in a sentence. */
  readonly told: string;
}

export interface Now {
  readonly mono: MonoMs;
  readonly wall: WallNs;
}

/** As this clock has it now: where the clock was set meanwhile, other than it was then. */
const moment = (at: MonoMs, { mono, wall }: Now): string =>
  rfc3339(String(BigInt(wall) + BigInt(Math.round((at - mono) * 1e6))));

export const lifecycleOf = (explanation: Explanation, now: Now): Lifecycle => {
  const { state, work, waitsFor, since, until, trouble, tries, help, other } = explanation;
  return {
    ...(state !== null && { state }),
    ...(work && { work: { verb: work.verb, since: moment(work.since, now) } }),
    ...(waitsFor !== undefined && { waitsFor }),
    ...(since !== undefined && { since: moment(since, now) }),
    ...(until && { until: { what: until.what, at: moment(until.at, now) } }),
    ...(trouble && { lastTrouble: { text: trouble.text, at: moment(trouble.at, now) } }),
    ...(tries !== undefined && { tries }),
    ...(help !== undefined && { help }),
    ...(other && { other: lifecycleOf(other, now) }),
    told: sentenceOf(explanation, now.mono),
  };
};

/** How long something is not at rest before its status says so: most of what is asked for is done by then. */
const WORTH_TELLING_MS = 10_000;

/** A sentence for the status of one that has been at work for long; undefined where there is nothing to say. */
export const worthTelling = (explanation: Explanation, now: MonoMs): string | undefined => {
  const { work, waitsFor } = explanation;
  if (!work || waitsFor === undefined || now - work.since < WORTH_TELLING_MS) return undefined;
  return sentenceOf(explanation, now);
};
