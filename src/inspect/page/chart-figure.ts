/** A machine as it was laid out at the build, with what is in it written on it. The tables beside it say the same. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Chart } from "../charts.ts";
import type { DrawnChart, DrawnEdge, DrawnState, Point } from "../drawn-chart.ts";
import type { Overlay } from "../overlay.ts";
import { lasting } from "../words.ts";
import { html } from "./html.ts";

const nameOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

const CORNER = 6;

/** A line with round corners. */
const lineOf = (points: readonly Point[]): string =>
  points
    .map(([x, y], n) => {
      const [before, after] = [points[n - 1], points[n + 1]];
      if (!before) return `M${x} ${y}`;
      if (!after) return `L${x} ${y}`;
      const toward = ([px, py]: Point): string => {
        const far = Math.hypot(px - x, py - y) || 1;
        const step = Math.min(CORNER, far / 2) / far;
        return `${(x + (px - x) * step).toFixed(1)} ${(y + (py - y) * step).toFixed(1)}`;
      };
      return `L${toward(before)}Q${x} ${y} ${toward(after)}`;
    })
    .join("");

const lookOf = ({ events }: DrawnEdge): string => {
  if (events.every((event) => event === "failed")) return "failed";
  return events.every((event) => event === "at once") ? "always" : "";
};

const Line = ({ edge, overlay }: { readonly edge: DrawnEdge; readonly overlay: Overlay }): VNode => {
  const count = edge.names.reduce((sum, name) => sum + overlay.edge(name), 0);
  const taken = overlay.kind === "now" ? "" : count > 0 ? "taken" : "never";
  const width = count > 0 ? Math.min(4, 1.2 + Math.log10(count)) : undefined;
  const { label, points } = edge;
  const told = label?.text ?? "";
  return html`<g class=${`edge ${lookOf(edge)} ${taken}`}>
    <title>${`${edge.from} to ${edge.to} on ${edge.events.join(", ")}${taken === "" ? "" : `: ${count} times`}`}</title>
    <path d=${lineOf(points)} marker-end="url(#tip)" style=${width === undefined ? {} : { strokeWidth: width }} />
    ${label ? html`<text x=${label.at[0]} y=${label.at[1] + 12}>${told}</text>` : null}
  </g>`;
};

interface BoxOptions {
  readonly state: DrawnState;
  readonly chart: Chart;
  readonly overlay: Overlay;
  readonly chosen: boolean;
}

const Box = ({ state, chart, overlay, chosen }: BoxOptions): VNode => {
  const {
    path,
    at: [x, y],
    size: [width, height],
  } = state;
  const { initial, tags = [], type = "" } = chart.states.find((one) => one.path === path) ?? {};
  const outer = initial !== undefined;
  const { count, meanMs } = overlay.state(path);
  const looks = [
    outer ? "outer" : "",
    tags.includes("settled") ? "settled" : "",
    type === "final" ? "final" : "",
    count > 0 ? "full" : overlay.kind === "now" ? "" : "never",
    chosen ? "chosen" : "",
  ];
  const time = meanMs === undefined ? "" : ` · ${lasting(meanMs)}`;
  const under =
    overlay.kind === "now"
      ? count > 0
        ? `${count} here`
        : ""
      : outer
        ? ""
        : `${count || "never"}${count > 0 ? "×" : ""}${time}`;
  return html`<g class=${`state ${looks.filter(Boolean).join(" ")}`}>
    <rect x=${x} y=${y} width=${width} height=${height} rx="6" />
    ${type === "final" ? html`<rect class="inner" x=${x + 3} y=${y + 3} width=${width - 6} height=${height - 6} rx="4" />` : null}
    <text
      x=${outer ? x + 10 : x + width / 2}
      y=${outer ? y + 18 : y + (under === "" ? height / 2 + 4 : 17)}
      class=${outer ? "left" : ""}
      >${nameOf(path)}</text
    >
    ${under === "" || outer ? null : html`<text class="under" x=${x + width / 2} y=${y + height - 7}>${under}</text>`}
  </g>`;
};

/** Where the machine, and each state with others in it, begins. */
const Beginnings = ({ chart, drawn }: { readonly chart: Chart; readonly drawn: DrawnChart }): VNode[] =>
  chart.states.flatMap(({ initial }) => {
    const state = drawn.states.find(({ path }) => path === initial);
    return state
      ? [html`<circle key=${initial} class="begin" cx=${state.at[0] + 9} cy=${state.at[1] + 9} r="3.5" />`]
      : [];
  });

export interface ChartFigureOptions {
  readonly name: string;
  readonly chart: Chart;
  readonly drawn: DrawnChart;
  readonly overlay: Overlay;
  readonly chosen: string | undefined;
  /** As wide as there is room, and no wider than it is. */
  readonly fit: boolean;
}

export const ChartFigure = ({ name, chart, drawn, overlay, chosen, fit }: ChartFigureOptions): VNode => {
  const [width, height] = drawn.size;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const state = box.current?.querySelector(".chosen")?.getBoundingClientRect();
    const frame = box.current?.getBoundingClientRect();
    if (state && frame)
      box.current?.scrollBy(
        state.x + state.width / 2 - frame.x - frame.width / 2,
        state.y + state.height / 2 - frame.y - frame.height / 2,
      );
  }, [chosen]);
  return html`<div class="chart" ref=${box} tabindex="0" role="region" aria-label="Chart, which scrolls">
    <svg
      role="img"
      aria-label=${`The ${name} machine as a chart; the tables of states and edges say the same`}
      width=${fit ? "100%" : width}
      height=${fit ? undefined : height}
      style=${{ maxWidth: `${width}px` }}
      viewBox=${`0 0 ${width} ${height}`}
    >
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 .5 8 4 0 7.5Z" fill="context-stroke" />
        </marker>
      </defs>
      ${drawn.states.map(
        (state) =>
          html`<${Box}
            key=${state.path}
            state=${state}
            chart=${chart}
            overlay=${overlay}
            chosen=${state.path === chosen}
          />`,
      )}
      <${Beginnings} chart=${chart} drawn=${drawn} />
      ${drawn.edges.map((edge) => html`<${Line} key=${`${edge.from}>${edge.to}`} edge=${edge} overlay=${overlay} />`)}
    </svg>
  </div>`;
};
