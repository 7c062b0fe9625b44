/**
 * Records as they are packed into a page: a line each, of which only what cannot be told from the lines before is written.
 * Half of a recording is numbers and times that count up, of which differences are small and mostly the same; and most of the
 * rest are ids of which few are spoken of at a time.
 */
import type { FlightRecord } from "./record.ts";

/** Differences to what came before, absent where there is none. */
interface Difference {
  /** To the number that was to come. */
  readonly s?: number;
  /** Microseconds. */
  readonly m?: number;
  /** Milliseconds, of how far the two clocks are apart. */
  readonly w?: number;
  readonly c?: number;
  /** It came from outside. */
  readonly o?: 1;
}

type Shortened = Difference & { readonly kind: FlightRecord["kind"]; readonly n?: number };

type Family = "call" | "rpc";

/** Of the record before; each number, of the last that had one. */
interface Last {
  readonly seq: number;
  readonly micros: number;
  readonly apart: number;
  readonly cause: number;
  readonly call: number;
  readonly rpc: number;
}

const none: Last = { seq: 0, micros: 0, apart: 0, cause: 0, call: 0, rpc: 0 };

const familyOf = ({ kind }: Pick<FlightRecord, "kind">): Family => (/^(rpc|waits|answer)$/.test(kind) ? "rpc" : "call");

const lastAt = (record: FlightRecord, last: Last): Last => ({
  ...last,
  seq: record.seq,
  micros: Math.round(record.mono * 1000),
  apart: record.wall - Math.floor(record.mono),
  cause: record.cause === 0 ? last.cause : record.cause,
  ...("n" in record && { [familyOf(record)]: record.n }),
});

const unless0 = (name: keyof Difference, value: number): Difference => (value === 0 ? {} : { [name]: value });

const shortened = (record: FlightRecord, last: Last, now: Last): object => {
  const { seq, mono: _, wall: __, cause, ...what } = record;
  return {
    ...unless0("s", seq - last.seq - 1),
    ...unless0("m", now.micros - last.micros),
    ...unless0("w", now.apart - last.apart),
    ...(cause === 0 ? { o: 1 } : unless0("c", cause - last.cause)),
    ...what,
    ...("n" in record && { n: record.n - last[familyOf(record)] }),
  };
};

const restored = ({ s = 0, m = 0, w = 0, c = 0, o, ...what }: Shortened, last: Last): FlightRecord => {
  const mono = (last.micros + m) / 1000;
  return {
    seq: last.seq + 1 + s,
    mono,
    wall: Math.floor(mono) + last.apart + w,
    cause: o === undefined ? last.cause + c : 0,
    ...what,
    ...(what.n !== undefined && { n: what.n + last[familyOf(what)] }),
  } as FlightRecord;
};

/** Each id by how many others were spoken of since: `\u0001` and that number, which no JSON has; whole where it is new. */
const ID = /\b[0-9a-f]{32,64}\b/g;
// oxlint-disable-next-line no-control-regex -- what JSON escapes is free to be used
const SHORT = /\u0001([0-9a-z]+)|\b[0-9a-f]{32,64}\b/g;

class Spoken {
  readonly #ids: string[] = [];

  shorten(line: string): string {
    return line.replace(ID, (id) => {
      const at = this.#ids.indexOf(id);
      this.#ids.unshift(at < 0 ? id : (this.#ids.splice(at, 1)[0] ?? id));
      return at < 0 ? id : `\u0001${at.toString(36)}`;
    });
  }

  restore(line: string): string {
    return line.replace(SHORT, (found, short?: string) => {
      const id = short === undefined ? found : (this.#ids.splice(Number.parseInt(short, 36), 1)[0] ?? "");
      this.#ids.unshift(id);
      return id;
    });
  }
}

export const packed = (records: readonly FlightRecord[]): string => {
  const spoken = new Spoken();
  let last = none;
  let lines = "";
  for (const record of records) {
    const now = lastAt(record, last);
    lines += `${spoken.shorten(JSON.stringify(shortened(record, last, now)))}\n`;
    last = now;
  }
  return lines;
};

/** Throws where a line is none of `packed`. */
export const unpacked = (lines: string): readonly FlightRecord[] => {
  const spoken = new Spoken();
  let last = none;
  const records: FlightRecord[] = [];
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const record = restored(JSON.parse(spoken.restore(line)) as Shortened, last);
    last = lastAt(record, last);
    records.push(record);
  }
  return records;
};
