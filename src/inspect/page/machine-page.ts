/** One lifecycle machine: its states and edges as tables and as the chart, with what is in them now, was, or was simulated. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { chartsNow, type Chart } from "../charts.ts";
import type { DrawnChart } from "../drawn-chart.ts";
import { overlayOf, type Overlay, type OverlayKind } from "../overlay.ts";
import { chartNameOf } from "../tally.ts";
import { actorName, lasting, plural } from "../words.ts";
import { ChartFigure } from "./chart-figure.ts";
import { Choice } from "./choice.ts";
import { html } from "./html.ts";
import { machineLink, podLink } from "./route.ts";
import { Rows, type Column } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

const charts: Readonly<Record<string, Chart>> = chartsNow().machines;
type State = Chart["states"][number];
type Edge = Chart["edges"][number];

const kinds: readonly { readonly value: OverlayKind; readonly text: string }[] = [
  { value: "now", text: "now" },
  { value: "recording", text: "this recording" },
];
const simulated = { value: "simulation", text: "simulation" } as const;

const Who = ({ scene, actors }: { readonly scene: Scene; readonly actors: readonly string[] }): VNode => {
  const { picture } = scene;
  const links = actors.slice(0, 3).map((id) => {
    const actor = picture.actors.get(id);
    const pod = picture.podOf(id);
    const name = actor ? actorName(picture, actor) : id;
    return pod === undefined
      ? html`<span key=${id}>${name} </span>`
      : html`<a key=${id} tabindex="-1" href=${podLink(pod)}>${name}</a>${" "}`;
  });
  return html`${links}${actors.length > 3 ? `and ${actors.length - 3} more` : ""}`;
};

const stateColumns = (scene: Scene, name: string, overlay: Overlay): readonly Column<State>[] => {
  const of = (state: State) => overlay.state(state.path);
  const shown: readonly Column<State>[] = [{ head: "state", cell: ({ path }) => html`<code>${path}</code>` }];
  const about: readonly Column<State>[] = [
    { head: "waits for", cell: ({ meta }) => html`<code>${meta?.waitsFor}</code>` },
    { head: "bound", cell: ({ meta }) => html`<span class="soft">${meta?.bound}</span>` },
    {
      head: "CRI says",
      cell: ({ meta }) => html`<span class="soft">${meta && meta.cri !== "none" ? meta.cri : ""}</span>`,
    },
  ];
  const inIt = (path: string): readonly string[] =>
    [...scene.picture.actors.values()].flatMap(({ id, state }) =>
      state === path && chartNameOf(id) === name ? [id] : [],
    );
  switch (overlay.kind) {
    case "now":
      return [
        ...shown,
        { head: "in it", number: true, cell: (state) => of(state).count || "" },
        { head: "who", cell: ({ path }) => html`<${Who} scene=${scene} actors=${inIt(path)} />` },
        ...about,
      ];
    case "recording":
      return [
        ...shown,
        { head: "times", number: true, cell: (state) => of(state).count || "" },
        {
          head: "on average",
          number: true,
          cell: (state) => {
            const { meanMs } = of(state);
            return meanMs === undefined ? "" : lasting(meanMs);
          },
        },
        ...about,
      ];
    case "simulation":
      return [...shown, { head: "times", number: true, cell: (state) => of(state).count || "never" }, ...about];
  }
};

const edgeColumns = (overlay: Overlay): readonly Column<Edge>[] => [
  { head: "from", cell: ({ from }) => html`<code>${from || "anywhere"}</code>` },
  {
    head: "on",
    cell: ({ event, guard }) =>
      html`${event}${guard === undefined ? "" : html`<span class="soft"> if ${guard}</span>`}`,
  },
  { head: "to", cell: ({ to }) => html`<code>${to.join(", ") || "stays"}</code>` },
  ...(overlay.kind === "now"
    ? []
    : [{ head: "times", number: true, cell: ({ name }: Edge) => overlay.edge(name) || "never" } as const]),
  { head: "does", cell: ({ actions }) => html`<span class="soft">${actions.join(", ")}</span>` },
];

const noPicture = "This page has no picture of it. The tables have all that it would show.";

export interface MachinePageOptions {
  readonly scene: Scene;
  readonly name: string;
  readonly charts: Readonly<Record<string, DrawnChart>>;
}

export const MachinePage = ({ scene, name, charts: drawn }: MachinePageOptions): VNode => {
  const [kind, choose] = useState<OverlayKind>("now");
  const [chosen, select] = useState<string>();
  const [size, resize] = useState("fit");
  const chart = charts[name];
  const picture = drawn[name];
  if (!chart) return html`<div class="title"><h1 tabindex="-1">There is no machine “${name}”</h1></div>`;
  const overlay = overlayOf(scene, name, kind);
  const states = chart.states.filter(({ path, initial }) => path !== "" && initial === undefined);
  const options = scene.coverage ? [...kinds, simulated] : kinds;
  const sizes = html`<div class="end">
    <${Choice}
      name="size"
      label="How large the chart is"
      value=${size}
      choose=${resize}
      options=${[
        { value: "fit", text: "fitted" },
        { value: "full", text: "full size" },
      ]}
    />
  </div>`;
  return html`
    <div class="title">
      <h1 tabindex="-1">The ${name} machine</h1>
      <p class="soft">${plural(states.length, "state")}, ${plural(chart.edges.length, "edge")}. ${overlay.sentence}</p>
    </div>
    <nav aria-label="Machines" class="machines">
      <ul>
        ${Object.keys(charts).map(
          (one) =>
            html`<li key=${one}>
              <a href=${machineLink(one)} aria-current=${one === name ? "page" : undefined}>${one}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <div class="overlay">
      <span class="soft">Show</span>
      <${Choice}
        name="overlay"
        label="What is shown on the machine"
        value=${kind}
        choose=${choose}
        options=${options}
      />
    </div>
    <div class="columns halves">
      <div class="stack">
        <${Sheet} title="States">
          <${Rows}
            label=${`States of the ${name} machine`}
            rows=${states}
            short
            keyOf=${({ path }: State) => path}
            selected=${({ path }: State) => path === chosen}
            open=${({ path }: State) => select(path)}
            columns=${stateColumns(scene, name, overlay)}
          />
        <//>
        <${Sheet} title="Edges">
          <${Rows}
            label=${`Edges of the ${name} machine`}
            rows=${chart.edges}
            short
            keyOf=${({ name: edge }: Edge) => edge}
            open=${({ from }: Edge) => select(from)}
            columns=${edgeColumns(overlay)}
          />
        <//>
      </div>
      <${Sheet} title="Chart" aside=${picture && sizes} empty=${picture ? undefined : noPicture}>
        ${
          picture &&
          html`<${ChartFigure}
            name=${name}
            chart=${chart}
            drawn=${picture}
            overlay=${overlay}
            chosen=${chosen}
            fit=${size === "fit"}
          />`
        }
        <p class="legend" aria-hidden="true">
          <span><i class="line"></i>goes well, or what is asked</span><span><i class="line failed"></i>fails</span>
          <span><i class="line always"></i>at once</span><span><i class="box settled"></i>at rest</span>
          <span><i class="box full"></i>${overlay.kind === "now" ? "somebody is in it" : "was come by"}</span>
        </p>
      <//>
    </div>
  `;
};
