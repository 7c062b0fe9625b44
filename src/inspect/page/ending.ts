/** What ends a wait: a moment with how much of it is over, or what it takes in words. */
import type { VNode } from "preact";
import type { Explanation } from "../../machines/explanation.ts";
import type { MonoMs } from "../../vocabulary/index.ts";
import { Countdown } from "./countdown.ts";
import { html } from "./html.ts";

export interface EndingOptions {
  readonly it: Explanation;
  readonly now: MonoMs;
}

export const Ending = ({ it, now }: EndingOptions): VNode => {
  const { until: end, bound, since = now, call } = it;
  if (end) return html`${end.what} <${Countdown} since=${Math.min(since, end.at)} at=${end.at} now=${now} />`;
  if (bound === "call") return html`the call ends${call ? "" : ", which has not begun"}`;
  return html`${bound}`;
};
