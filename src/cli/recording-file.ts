/** Recordings as files: a page to look at, or lines for programs. What is read was whole when it was written, and is still. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { chartsSum } from "../composition/charts-sum.ts";
import { Invalid } from "../errors.ts";
import { chartsNow, type Charts } from "../inspect/charts.ts";
import { readLines, type Lines } from "../inspect/lines.ts";
import { packed, unpacked } from "../inspect/packing.ts";
import { plainPage } from "../inspect/plain-page.ts";
import {
  elementIn,
  elementsOf,
  PLACE,
  PLAIN_PLACE,
  RECORDING_FORMAT,
  type About,
  type SavedRecording,
} from "../inspect/recording.ts";
import type { FlightRecord } from "../inspect/record.ts";
import { template } from "../inspect/template.ts";
import { version } from "../version.ts";

export type RecordingForm = "html" | "ndjson";

/** Over what a recording says of itself, its charts and its records. */
const sumOf = ({ sum: _, ...about }: About, charts: string, text: string): string =>
  createHash("sha256")
    .update(`${JSON.stringify(about)}\n${charts}\n`)
    .update(text)
    .digest("hex");

/** The whole text of a file that has these records, which are not none. `origin`: what it says of them besides. */
export const recordingText = (
  form: RecordingForm,
  records: readonly FlightRecord[],
  origin: Pick<About, "pods" | "tape"> = {},
): string => {
  const charts = JSON.stringify(chartsNow());
  const text = form === "html" ? packed(records) : records.map((record) => `${JSON.stringify(record)}\n`).join("");
  const unsummed: About = {
    kind: "recording",
    format: RECORDING_FORMAT,
    version,
    charts: chartsSum(),
    records: records.length,
    from: records[0]?.wall ?? 0,
    to: records.at(-1)?.wall ?? 0,
    ...origin,
    sum: "",
  };
  const about: About = { ...unsummed, sum: sumOf(unsummed, charts, text) };
  if (form === "ndjson") return `${JSON.stringify(about).slice(0, -1)},"machines":${charts}}\n${text}`;
  const deflated = deflateRawSync(text, { level: 9 }).toString("base64");
  // By functions: a replacement text may have `$&` in it.
  return template
    .replace(PLAIN_PLACE, () => plainPage(about, records))
    .replace(PLACE, () => elementsOf(about, charts, deflated));
};

/** Far more than any ring has, and little enough to be read at once. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Throws Invalid where there is no such file, or no recording in it, or one that is not as it was written. */
export const savedRecording = (path: string): SavedRecording => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Invalid(`there is no file ${path}`);
  if (!found.isFile()) throw new Invalid(`${path} is no file`);
  if (found.size > MOST_BYTES)
    throw new Invalid(`${path} has ${found.size} bytes; a recording has ${MOST_BYTES} at most, so this is none`);
  if (found.size === 0) throw new Invalid(`${path} is empty`);
  try {
    return recordingFrom(readFileSync(path, "utf8"));
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(`${path} ${error.message}`, error) : error;
  }
};

/** Throws Invalid with what follows the file's name. */
export const recordingFrom = (text: string): SavedRecording => {
  if (/^\s*</.test(text)) return recordingInPage(text);
  const end = text.indexOf("\n");
  const first = end < 0 ? text : text.slice(0, end);
  if (!first.startsWith('{"kind":"recording"')) return withRecords({}, readLines(text));
  const { machines, ...about } = parsed<About & { readonly machines?: Charts }>(first);
  const lines = text.slice(first.length + 1);
  return checked(about, machines, lines, readLines);
};

const recordingInPage = (page: string): SavedRecording => {
  const about = elementIn(page, "about");
  if (about === undefined) throw new Invalid("is a page, and no recording of Troupe");
  const said = parsed<About>(about);
  const [charts, deflated] = [elementIn(page, "charts"), elementIn(page, "recording")];
  if (charts === undefined || deflated === undefined)
    throw new Invalid("has been cut: the page ends before its recording");
  return checked(said, parsed<Charts>(charts), inflated(deflated), (text) => ({
    records: unpacked(text),
    damaged: 0,
    strange: [],
  }));
};

const parsed = <What>(json: string): What => {
  try {
    return JSON.parse(json) as What;
  } catch (error) {
    throw new Invalid("has been cut or changed: what it says of itself is no JSON", error);
  }
};

const inflated = (deflated: string): string => {
  try {
    return inflateRawSync(Buffer.from(deflated, "base64"), { maxOutputLength: MOST_BYTES }).toString();
  } catch (error) {
    throw new Invalid("has been cut or changed: its records cannot be unpacked", error);
  }
};

const checked = (
  about: About,
  charts: Charts | undefined,
  text: string,
  read: (text: string) => Lines,
): SavedRecording => {
  if (about.format !== RECORDING_FORMAT)
    throw new Invalid(
      `is a recording of format ${about.format}, saved by Troupe ${about.version}; this Troupe (${version}) reads format ${RECORDING_FORMAT}`,
    );
  if (charts === undefined) throw new Invalid("has been changed: it has no machines");
  if (sumOf(about, JSON.stringify(charts), text) !== about.sum) {
    const lines = text.split("\n").length - 1;
    throw new Invalid(
      lines < about.records
        ? `has been cut: ${lines} of ${about.records} records are left`
        : "has been changed: its sum does not fit",
    );
  }
  return withRecords({ about, charts }, read(text));
};

const withRecords = (saved: Pick<SavedRecording, "about" | "charts">, lines: Lines): SavedRecording => {
  const { records, strange } = lines;
  if (records.length === 0 && strange.length > 0)
    throw new Invalid(`has records of format ${strange.join(", ")}, which this Troupe (${version}) does not know`);
  if (records.length === 0) throw new Invalid("is no recording of Troupe: there is no record in it");
  return { ...saved, ...lines };
};
