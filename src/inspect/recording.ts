/**
 * A recording that was saved: what it says of itself, and how a page holds it.
 *
 * A page has three elements: `about` and `charts` are JSON, `recording` is the records as packing.ts has them, deflated
 * (raw) and in base64. A file for programs has the same as lines: first `about` with the charts in it, then the records.
 */
import type { Charts } from "./charts.ts";
import type { Lines } from "./lines.ts";

export const RECORDING_FORMAT = 1;

export interface About {
  readonly kind: "recording";
  /** Of the file; that of its records is in each `opened`. */
  readonly format: number;
  /** Of the Troupe that saved it, as are the charts; those under which it was recorded are named in `opened`. */
  readonly version: string;
  readonly charts: string;
  readonly records: number;
  /** Milliseconds since 1970, of the first record and the last. */
  readonly from: number;
  readonly to: number;
  /** Whom it is of, where it is not of all. */
  readonly pods?: readonly string[];
  /** Of a simulated life: the choices that make it again, as seeds of the simulation have them. */
  readonly tape?: readonly (readonly number[])[];
  /** Over the charts and the records, as they are written here: SHA-256 in hex. */
  readonly sum: string;
}

export interface SavedRecording extends Lines {
  /** Absent where it is a ring, or a piece of one. */
  readonly about?: About;
  readonly charts?: Charts;
}

/** Where a page template has its recording; in front of its scripts. */
export const PLACE = "<!-- recording -->";
/** Where it may have what is read without a script. */
export const PLAIN_PLACE = "<!-- plain -->";

/** JSON that ends no script element. */
const inScript = (json: string): string => json.replaceAll("<", "\\u003c");

/** The elements that a page finds by their ids. `packed`: the records, packed, deflated and in base64. */
export const elementsOf = (about: About, charts: string, packed: string): string =>
  [
    `<script type="application/json" id="about">${inScript(JSON.stringify(about))}</script>`,
    `<script type="application/json" id="charts">${inScript(charts)}</script>`,
    `<script type="application/octet-stream+base64" id="recording">${packed}</script>`,
  ].join("\n");

/** What an element has in it; undefined where the page does not have it whole. */
export const elementIn = (page: string, id: "about" | "charts" | "recording"): string | undefined => {
  const opening = `id="${id}">`;
  const start = page.indexOf(opening);
  const end = start < 0 ? -1 : page.indexOf("</script>", start);
  return end < 0 ? undefined : page.slice(start + opening.length, end);
};
