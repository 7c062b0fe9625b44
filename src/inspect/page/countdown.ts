/** How much of a wait is over: words, and a bar for the eye. */
import type { VNode } from "preact";
import type { MonoMs } from "../../vocabulary/index.ts";
import { until } from "../words.ts";
import { html } from "./html.ts";

export interface CountdownOptions {
  readonly since: MonoMs;
  readonly at: MonoMs;
  readonly now: MonoMs;
}

export const Countdown = ({ since, at, now }: CountdownOptions): VNode => {
  const share = Math.min(1, Math.max(0, (now - since) / Math.max(1, at - since)));
  return html`${until(at, now)}<span class=${`meter ${at < now ? "late" : ""}`} aria-hidden="true"
      ><span style=${{ width: `${Math.round(share * 100)}%` }}></span
    ></span>`;
};
