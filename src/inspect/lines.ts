/** Lines of a recording, as records: what is damaged is counted, and never a reason to read no further. */
import { FORMAT, type FlightRecord } from "./record.ts";

export interface Lines {
  readonly records: readonly FlightRecord[];
  /** Lines that are no records: torn, or damaged. */
  readonly damaged: number;
  /** Formats that are none of ours, whose records are left out. */
  readonly strange: readonly number[];
}

const recordOf = (line: string): FlightRecord | undefined => {
  try {
    const record = JSON.parse(line) as Partial<FlightRecord> | null;
    const isOne = typeof record?.seq === "number" && typeof record.mono === "number" && typeof record.kind === "string";
    return isOne ? (record as FlightRecord) : undefined;
  } catch {
    return undefined;
  }
};

/** For a recording that is read as it grows: what comes after a strange `opened` is strange until the next one. */
export class LineReader {
  #known = true;

  /** `text` ends with a line. */
  read(text: string): Lines {
    const records: FlightRecord[] = [];
    const strange = new Set<number>();
    let damaged = 0;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const record = recordOf(line);
      if (record?.kind === "opened") {
        this.#known = record.format === FORMAT;
        if (!this.#known) strange.add(record.format);
      }
      if (!record) damaged++;
      else if (this.#known) records.push(record);
    }
    return { records, damaged, strange: [...strange] };
  }
}

export const readLines = (text: string): Lines => new LineReader().read(text);
