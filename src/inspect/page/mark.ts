/** A mood as a shape: a ring at rest, a disc at work, a triangle in trouble, a crossed square where something is broken. */
import type { VNode } from "preact";
import type { Mood } from "../health.ts";
import { html } from "./html.ts";

const shapes: Readonly<Record<Mood, () => VNode>> = {
  rest: () => html`<circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.8" />`,
  work: () => html`<circle cx="6" cy="6" r="5.2" fill="currentColor" />`,
  trouble: () => html`<path d="M6 .6 11.8 11H.2Z" fill="currentColor" />`,
  broken: () =>
    html`<path
      d="M.8 .8h10.4v10.4H.8ZM3.4 3.4l5.2 5.2m0-5.2-5.2 5.2"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
    />`,
};

export const Mark = ({ mood }: { readonly mood: Mood }): VNode =>
  html`<svg class=${`mark ${mood}`} viewBox="0 0 12 12" aria-hidden="true">${shapes[mood]()}</svg>`;
