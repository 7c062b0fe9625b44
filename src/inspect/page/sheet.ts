/** A part of a page with a head; where there is nothing in it, it says what would be. */
import type { ComponentChildren, VNode } from "preact";
import { html } from "./html.ts";

export interface SheetOptions {
  readonly title: string;
  /** What stands beside the title. */
  readonly aside?: ComponentChildren;
  /** Instead of what is in it. */
  readonly empty?: string | undefined;
  readonly children?: ComponentChildren;
}

export const Sheet = ({ title, aside, empty, children }: SheetOptions): VNode => html`
  <section class="sheet" aria-label=${title}>
    <header>
      <h2>${title}</h2>
      ${aside}
    </header>
    ${empty === undefined ? children : html`<p class="empty">${empty}</p>`}
  </section>
`;
