/** A pod's life as lanes: what each actor was in, what it called, what has not ended. The tables beside it say the same. */
import type { VNode } from "preact";
import { isArrival } from "../../machines/arrivals.ts";
import { kindOf, type MonoMs } from "../../vocabulary/index.ts";
import type { CallBar, Lane, Lanes, RpcBar, StateBand } from "../lanes.ts";
import { timeAxis, type TimeAxis } from "../time-axis.ts";
import { clockTime, lasting, partName } from "../words.ts";
import { html } from "./html.ts";
import { wallAt, type Scene } from "./scene.ts";

interface Figure {
  readonly scene: Scene;
  readonly axis: TimeAxis;
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

const placed = ({ axis, scene }: Figure, from: MonoMs, to: MonoMs | undefined) => {
  const left = axis.place(from);
  return { left: percent(left), width: percent(Math.max(0, axis.place(to ?? scene.now) - left)) };
};

const endOf = (now: MonoMs, { from, to }: { readonly from: MonoMs; readonly to?: MonoMs }): string =>
  to === undefined ? `for ${lasting(now - from)}, and has not ended` : lasting(to - from);

const Band = ({ figure, actor, band }: { figure: Figure; actor: string; band: StateBand }): VNode => {
  const look = isArrival(kindOf(actor), band.state) ? "rest" : band.state.endsWith("resting") ? "trouble" : "work";
  const open = band.to === undefined ? "open" : "";
  return html`<span
    class=${`band ${look} ${open}`}
    style=${placed(figure, band.from, band.to)}
    title=${`${band.state}: ${endOf(figure.scene.now, band)}`}
    ><span>${band.state}</span></span
  >`;
};

const Call = ({ figure, call, row }: { figure: Figure; call: CallBar; row: number }): VNode => {
  const look = call.failure !== undefined ? "failed" : call.abandoned ? "left" : "";
  const open = call.to === undefined ? "open" : "";
  const said = call.failure === undefined ? "" : `: ${call.failure}`;
  return html`<span
    class=${`call ${look} ${open}`}
    style=${{ ...placed(figure, call.from, call.to), top: `${row * CALL_REM}rem` }}
    title=${`${call.name}: ${endOf(figure.scene.now, call)}${said}`}
    ><span>${call.name}</span></span
  >`;
};

const Rpc = ({ figure, rpc, row }: { figure: Figure; rpc: RpcBar; row: number }): VNode => {
  const look = rpc.code !== undefined && rpc.code !== "OK" ? "failed" : "";
  return html`<span
    class=${`call client ${look} ${rpc.to === undefined ? "open" : ""}`}
    style=${{ ...placed(figure, rpc.from, rpc.to), top: `${row * CALL_REM}rem` }}
    title=${`${rpc.method}: ${endOf(figure.scene.now, rpc)}`}
    ><span>${rpc.method}</span></span
  >`;
};

const Flag = ({ figure, at, text }: { figure: Figure; at: MonoMs; text: string }): VNode =>
  html`<span
    class=${`flag ${figure.axis.place(at) > 0.97 ? "last" : ""}`}
    style=${{ left: percent(figure.axis.place(at)) }}
    title=${text}
  ></span>`;

const CALL_REM = 1.1;
const MOST_ROWS = 4;

/** Those that overlap stand below each other. */
const rowsFor = <Bar extends { readonly from: MonoMs; readonly to?: MonoMs }>(bars: readonly Bar[]) => {
  const ends: number[] = [];
  const placed = bars.map((bar) => {
    const free = ends.findIndex((end) => end <= bar.from);
    const row = free >= 0 ? free : Math.min(ends.length, MOST_ROWS - 1);
    ends[row] = bar.to ?? Infinity;
    return { bar, row };
  });
  return { placed, height: { height: `${Math.max(1, ends.length) * CALL_REM}rem` } };
};

const Shades = ({ axis }: { readonly axis: TimeAxis }): VNode[] =>
  axis.gaps.map(
    ({ from, left, right }) =>
      html`<span key=${from} class="gap" style=${{ left: percent(left), width: percent(right - left) }}></span>`,
  );

const LaneRow = ({ figure, lane }: { readonly figure: Figure; readonly lane: Lane }): VNode => {
  const { scene, axis } = figure;
  const actor = scene.picture.actors.get(lane.actor);
  const { placed: calls, height } = rowsFor(lane.calls.filter(({ to = scene.now }) => to >= axis.from));
  const { deadline } = lane;
  return html`<div class="lane">
    <div class="who">${actor ? partName(actor) : kindOf(lane.actor)}</div>
    <div class="track">
      <${Shades} axis=${axis} />
      <div class="bands">
        ${lane.bands
          .filter(({ to = scene.now }) => to >= axis.from)
          .map((band) => html`<${Band} key=${band.from} figure=${figure} actor=${lane.actor} band=${band} />`)}
        ${
          deadline !== undefined && deadline >= axis.from && deadline <= axis.to
            ? html`<${Flag} figure=${figure} at=${deadline} text="deadline" />`
            : null
        }
      </div>
      ${
        calls.length === 0
          ? null
          : html`<div class="calls" style=${height}>
              ${calls.map(({ bar, row }) => html`<${Call} key=${bar.n} figure=${figure} call=${bar} row=${row} />`)}
            </div>`
      }
    </div>
  </div>`;
};

const Clients = ({ figure, rpcs }: { readonly figure: Figure; readonly rpcs: readonly RpcBar[] }): VNode | null => {
  const { axis, scene } = figure;
  const { placed, height } = rowsFor(rpcs.filter(({ to = scene.now }) => to >= axis.from));
  if (placed.length === 0) return null;
  return html`<div class="lane">
    <div class="who">clients</div>
    <div class="track">
      <${Shades} axis=${axis} />
      <div class="calls" style=${height}>
        ${placed.map(({ bar, row }) => html`<${Rpc} key=${bar.n} figure=${figure} rpc=${bar} row=${row} />`)}
        ${rpcs
          .filter(({ to, deadline }) => to === undefined && deadline !== undefined && deadline <= axis.to)
          .map(
            ({ n, deadline = 0 }) =>
              html`<${Flag} key=${n} figure=${figure} at=${deadline} text="client's deadline" />`,
          )}
      </div>
    </div>
  </div>`;
};

/** Ahead of now as far as what is open is bounded, but for no more than this. */
const AHEAD_MS = 10 * 60_000;

const momentsOf = ({ lanes, rpcs }: Lanes, now: MonoMs, from: MonoMs): readonly MonoMs[] => {
  const bars = [...lanes.flatMap(({ bands, calls }) => [...bands, ...calls]), ...rpcs];
  const past = bars.flatMap((bar) => [bar.from, ...(bar.to === undefined ? [] : [bar.to])]);
  const due = [
    ...lanes.flatMap(({ deadline, gone }) => (deadline === undefined || gone !== undefined ? [] : [deadline])),
    ...rpcs.flatMap(({ to, deadline }) => (to === undefined && deadline !== undefined ? [deadline] : [])),
  ].filter((at) => at > now && at < now + AHEAD_MS);
  const first = Math.min(now, ...past);
  return [...past.filter((at) => at >= from), ...(first < from ? [from] : []), ...due];
};

export interface LanesFigureOptions {
  readonly scene: Scene;
  readonly lanes: Lanes;
  /** How much of the past is drawn; undefined: all. */
  readonly span: number | undefined;
}

export const LanesFigure = ({ scene, lanes, span }: LanesFigureOptions): VNode => {
  const { now } = scene;
  const axis = timeAxis(momentsOf(lanes, now, span === undefined ? 0 : now - span), now);
  const figure: Figure = { scene, axis };
  return html`<figure
    class="lanes"
    role="img"
    aria-label=${`The life of ${lanes.lanes.length} actors over ${lasting(now - axis.from)}; the tables of parts and events say the same.`}
  >
    <div class="lane scale">
      <div class="who">${clockTime(wallAt(scene, axis.from)).slice(0, 8)}</div>
      <div class="track">
        ${axis.ticks.map(
          ({ at, place }) =>
            html`<span key=${at} class="tick" style=${{ left: percent(place) }}>+${lasting(at - axis.from)}</span>`,
        )}
        ${axis.gaps.map(
          ({ from, to, left, right }) =>
            html`<span key=${`g${from}`} class="tick gapped" style=${{ left: percent((left + right) / 2) }}
              >${lasting(to - from)}</span
            >`,
        )}
      </div>
    </div>
    <${Clients} figure=${figure} rpcs=${lanes.rpcs} />
    ${lanes.lanes.map((lane) => html`<${LaneRow} key=${lane.actor} figure=${figure} lane=${lane} />`)}
    <div class="nowline"><span style=${{ left: percent(axis.place(now)) }}></span></div>
  </figure>`;
};
