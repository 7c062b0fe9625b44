/** The frame around every page: where one can go, what is shown, and how the link to it is. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { DrawnChart } from "../drawn-chart.ts";
import type { FlightRecord } from "../record.ts";
import { Announcer } from "./announcer.ts";
import { html } from "./html.ts";
import { MachinePage } from "./machine-page.ts";
import { Mark } from "./mark.ts";
import { NodePage } from "./node-page.ts";
import { PodPage } from "./pod-page.ts";
import { machineLink, type Route } from "./route.ts";
import type { Scene } from "./scene.ts";
import { TreePage } from "./tree-page.ts";

export interface AppOptions {
  readonly route: Route;
  /** Undefined: there is nothing to show yet. */
  readonly scene: Scene | undefined;
  readonly charts: Readonly<Record<string, DrawnChart>>;
  readonly link: { readonly text: string; readonly well: boolean };
  /** Where there is nothing to show: what would be there, and how one comes by it. */
  readonly empty?: string | undefined;
  /** What whoever looks must know. */
  readonly notice?: string | undefined;
  /** What stands above the pages: the player's. */
  readonly above?: VNode | null;
  readonly open?: ((record: FlightRecord) => void) | undefined;
  readonly selected?: number | undefined;
}

const places = [
  { page: "node", text: "Node", href: "#/" },
  { page: "machine", text: "Machines", href: machineLink("container") },
  { page: "tree", text: "Tree", href: "#/tree" },
] as const;

const Page = ({ route, scene, charts, link, empty, open, selected }: AppOptions): VNode => {
  if (!scene)
    return html`<h1 tabindex="-1">${link.well ? "Reading what is recorded …" : "Nothing to show"}</h1>
      ${empty === undefined ? null : html`<p>${empty}</p>`}`;
  switch (route.page) {
    case "node":
      return html`<${NodePage} scene=${scene} />`;
    case "pod":
      return html`<${PodPage} key=${route.id} scene=${scene} id=${route.id} open=${open} selected=${selected} />`;
    case "machine":
      return html`<${MachinePage} key=${route.name} scene=${scene} name=${route.name} charts=${charts} />`;
    case "tree":
      return html`<${TreePage} scene=${scene} />`;
  }
};

export const App = (options: AppOptions): VNode => {
  const { route, scene, link, notice, above } = options;
  const main = useRef<HTMLElement>(null);
  const where = JSON.stringify(route);
  const before = useRef(where);
  useEffect(() => {
    document.title = `${main.current?.querySelector("h1")?.textContent ?? "node"} · troupe`;
    if (before.current === where) return;
    before.current = where;
    scrollTo(0, 0);
    main.current?.querySelector("h1")?.focus();
  }, [where, scene === undefined]);
  const skip = (event: Event): void => {
    event.preventDefault();
    main.current?.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${skip}>To the page</a>
    <header class="head">
      <span class="brand">troupe</span>
      <nav aria-label="Pages">
        <ul>
          ${places.map(
            ({ page, text, href }) =>
              html`<li key=${page}>
                <a href=${href} aria-current=${route.page === page ? "page" : undefined}>${text}</a>
              </li>`,
          )}
        </ul>
      </nav>
      <span class="status"><${Mark} mood=${link.well ? "rest" : "trouble"} />${link.text}</span>
    </header>
    ${notice === undefined ? null : html`<p class="notice" role="status">${notice}</p>`} ${above}
    <main id="main" tabindex="-1" ref=${main}><${Page} ...${options} /></main>
    ${scene ? html`<${Announcer} scene=${scene} />` : null}
  `;
};
