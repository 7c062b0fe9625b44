/** A recording that came along in the page itself, as recording.ts has it; the drawn charts beside it are the page's own. */
import type { DrawnChart } from "../drawn-chart.ts";
import { unpacked } from "../packing.ts";
import type { FlightRecord } from "../record.ts";

/** A page of its own, whether or not a recording came along. */
export const isEmbedded = (): boolean => document.querySelector("#recording, #drawn") !== null;

const textOf = (id: string): string => document.querySelector(`#${id}`)?.textContent ?? "";

export const embeddedCharts = (): Readonly<Record<string, DrawnChart>> =>
  JSON.parse(textOf("drawn") || "{}") as Readonly<Record<string, DrawnChart>>;

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
};

const nothing = "There is nothing in this recording: not one record came along with the page.";
const nameless =
  "This page does not say of what and by whom it was recorded: it was edited, or not made by troupe record. What it has is shown.";

/** Any recording says what it is of. */
const isNamed = (): boolean => textOf("about").trim() !== "";

export interface Embedded {
  readonly records: readonly FlightRecord[];
  /** What whoever looks must know of them. */
  readonly trouble?: string;
}

export const embeddedRecording = async (): Promise<Embedded> => {
  const text = textOf("recording").trim();
  if (text === "") return { records: [], trouble: nothing };
  try {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const records = unpacked(await new Response(stream).text());
    return { records, ...(records.length === 0 ? { trouble: nothing } : isNamed() ? {} : { trouble: nameless }) };
  } catch (error) {
    return { records: [], trouble: `this recording cannot be read, it was cut off or edited: ${String(error)}` };
  }
};
