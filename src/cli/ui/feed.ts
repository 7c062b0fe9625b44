/**
 * What the pages are fed with: the last records, and the picture before them. A page that comes late begins with that picture,
 * and folds the records itself; one that lost its connection goes on where it was, as long as that is still here.
 */
import { Picture } from "../../inspect/picture.ts";
import { toldBeginningOf } from "../../inspect/beginning.ts";
import { LineReader } from "../../inspect/lines.ts";
import type { FlightRecord, Opened } from "../../inspect/record.ts";

/** Records that are kept, some 5 MiB, and how many more there may be before the oldest go. */
const KEPT = 10_000;
const SLACK = 2_000;

/** A daemon's beginning, and when it was. */
export type OpenedAt = Opened & Pick<FlightRecord, "mono">;

export class Feed {
  readonly #reader = new LineReader();
  /** Before the first of the records. */
  readonly #base = new Picture();
  #records: FlightRecord[] = [];
  /** How many records were before the first of them. */
  #before = 0;
  #damaged = 0;
  readonly #listeners = new Set<() => void>();
  readonly #opened: (opened: OpenedAt) => void;

  /** `opened`: a daemon has begun. */
  constructor(opened: (opened: OpenedAt) => void) {
    this.#opened = opened;
  }

  /** Lines of the ring. */
  take(text: string): void {
    const { records, damaged } = this.#reader.read(text);
    this.#damaged += damaged;
    if (records.length === 0) return;
    for (const record of records) {
      this.#records.push(record);
      if (record.kind === "opened") this.#opened(record);
    }
    if (this.#records.length > KEPT + SLACK) this.#forget(this.#records.length - KEPT);
    for (const listener of this.#listeners) listener();
  }

  #forget(many: number): void {
    for (const record of this.#records.slice(0, many)) this.#base.apply(record);
    this.#records = this.#records.slice(many);
    this.#before += many;
  }

  /** Lines that could not be read. */
  get damaged(): number {
    return this.#damaged;
  }

  /** The place of the first record that is kept, and of the next one to come. */
  get places(): { readonly first: number; readonly next: number } {
    return { first: this.#before, next: this.#before + this.#records.length };
  }

  /** The place after record number `seq`; undefined where it is no longer, or not, among those that are kept. */
  after(seq: number): number | undefined {
    const at = this.#records.findLastIndex((record) => record.seq === seq);
    return at < 0 ? undefined : this.#before + at + 1;
  }

  /** Some records from a place on; undefined where they are gone. */
  from(place: number, most: number): readonly FlightRecord[] | undefined {
    if (place < this.#before) return undefined;
    return this.#records.slice(place - this.#before, place - this.#before + most);
  }

  /** The picture before the first record that is kept, as records; with what was refused, said and suffered until then. */
  get base(): { readonly records: readonly FlightRecord[]; readonly seq: number; gaps: number; lost: number } {
    const { seq, gaps, lost } = this.#base;
    return { records: toldBeginningOf(this.#base), seq, gaps, lost };
  }

  /** Calls back when there are more records, until what it returns is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
