/** One record in full: what it was, what it changed in its actor, and the way to what it came of. */
import type { VNode } from "preact";
import type { FlightRecord } from "../record.ts";
import { clockTime } from "../words.ts";
import { html } from "./html.ts";
import { pictureBefore, wallAt, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

const changesOf = (scene: Scene, record: FlightRecord): readonly Change[] => {
  if (record.kind !== "step") return [];
  const before = pictureBefore(scene, record.seq).actors.get(record.actor);
  const { state, set = {} } = record;
  return [
    ...(state === undefined ? [] : [{ field: "state", before: before?.state, after: state }]),
    ...Object.entries(set).map(([field, after]) => ({ field, before: before?.context[field], after })),
  ];
};

const json = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, undefined, 1));
const plain = (value: unknown): string =>
  typeof value === "string" ? value : json(value).replaceAll(/\s*\n\s*/g, " ");

export interface RecordDetailOptions {
  readonly scene: Scene;
  readonly record: FlightRecord;
  readonly cause: FlightRecord;
  readonly go: (record: FlightRecord) => void;
}

export const RecordDetail = ({ scene, record, cause, go }: RecordDetailOptions): VNode => {
  const changes = changesOf(scene, record);
  const { seq, mono, wall: _wall, kind, ...rest } = record;
  const told = kind === "step" ? (rest as { readonly event: unknown }).event : rest;
  const jump =
    cause.seq === seq
      ? html`<span class="soft end">${record.cause === 0 ? "it came from outside" : "the first of its cause"}</span>`
      : html`<button class="plain end" onClick=${() => go(cause)}>Go to its cause, number ${cause.seq}</button>`;
  return html`<${Sheet} title=${`Record ${seq}`} aside=${jump}>
    <dl class="facts">
      <dt>what</dt>
      <dd>${kind}${kind === "step" ? html` of <code>${(record as { readonly actor: string }).actor}</code>` : ""}</dd>
      <dt>when</dt>
      <dd>${clockTime(wallAt(scene, mono))}</dd>
      <dt>${kind === "step" ? "event" : "record"}</dt>
      <dd><span class="said">${json(told)}</span></dd>
    </dl>
    ${
      changes.length === 0
        ? null
        : html`<div class="table">
            <table aria-label="What it changed">
              <thead>
                <tr>
                  <th scope="col">field</th>
                  <th scope="col">before</th>
                  <th scope="col">after</th>
                </tr>
              </thead>
              <tbody>
                ${changes.map(
                  ({ field, before, after }) =>
                    html`<tr key=${field} class="change">
                      <th scope="row"><code>${field}</code></th>
                      <td><del>${plain(before)}</del></td>
                      <td><ins>${plain(after)}</ins></td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  <//>`;
};
