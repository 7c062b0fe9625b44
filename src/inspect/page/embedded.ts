/** A recording that came along in the page itself, as recording.ts has it; the drawn charts beside it are the page's own. */
import type { DrawnChart } from "../drawn-chart.ts";
import { unpacked } from "../packing.ts";
import type { FlightRecord } from "../record.ts";

export const isEmbedded = (): boolean => document.querySelector("#recording") !== null;

const textOf = (id: string): string => document.querySelector(`#${id}`)?.textContent ?? "";

export const embeddedCharts = (): Readonly<Record<string, DrawnChart>> =>
  JSON.parse(textOf("drawn") || "{}") as Readonly<Record<string, DrawnChart>>;

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
};

export interface Embedded {
  readonly records: readonly FlightRecord[];
  /** Why there are none. */
  readonly trouble?: string;
}

export const embeddedRecording = async (): Promise<Embedded> => {
  const text = textOf("recording");
  try {
    const stream = new Blob([bytesOf(text.trim())]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return { records: unpacked(await new Response(stream).text()) };
  } catch (error) {
    return { records: [], trouble: `this recording cannot be read, it was cut off or edited: ${String(error)}` };
  }
};
