/**
 * A recording that is gone through, forwards and back: at each place the node is what the records up to there make of it. What
 * was folded is kept at intervals, so that a step back folds little.
 */
import { toldBeginningOf } from "../beginning.ts";
import { causeOf } from "../happenings.ts";
import { Picture } from "../picture.ts";
import type { FlightRecord } from "../record.ts";
import { chartNameOf, Tally } from "../tally.ts";
import { begin, type Counts } from "./begin.ts";
import type { Scene } from "./scene.ts";

interface Kept {
  readonly at: number;
  readonly records: readonly FlightRecord[];
  readonly counts: Counts;
}

const KEPT_EVERY = 500;

const over = "A recording is over: nothing of it can be tried again.";

export class Player {
  readonly records: readonly FlightRecord[];
  readonly #tally = new Tally();
  readonly #kept: Kept[] = [];
  readonly #none = new Picture();
  #picture = new Picture();
  #at = 0;

  /** Stands at its end. */
  constructor(records: readonly FlightRecord[]) {
    this.records = records;
    for (const record of records) this.#tally.apply(record);
    this.seek(records.length);
  }

  /** How many records have happened. */
  get at(): number {
    return this.#at;
  }

  /** The one that happened last; undefined at the very beginning. */
  get current(): FlightRecord | undefined {
    return this.records[this.#at - 1];
  }

  seek(place: number): void {
    const to = Math.min(this.records.length, Math.max(0, Math.round(place)));
    if (to < this.#at) this.#goBack(to);
    for (; this.#at < to; this.#at++) {
      if (this.#at % KEPT_EVERY === 0) this.#keep();
      this.#picture.apply(this.records[this.#at]!);
    }
  }

  #keep(): void {
    if (this.#kept.length * KEPT_EVERY !== this.#at) return;
    const { seq, gaps, lost } = this.#picture;
    this.#kept.push({ at: this.#at, records: toldBeginningOf(this.#picture), counts: { seq, gaps, lost } });
  }

  #goBack(to: number): void {
    const { at, records, counts } = this.#kept[Math.floor(to / KEPT_EVERY)] ?? {
      at: 0,
      records: [],
      counts: this.#none,
    };
    this.#picture = new Picture();
    begin(this.#picture, records, counts);
    this.#at = at;
  }

  /** To a record, which has happened then. */
  seekRecord({ seq }: FlightRecord): void {
    const at = this.records.findIndex((record) => record.seq === seq);
    if (at >= 0) this.seek(at + 1);
  }

  /** The first record of what the current one came of. */
  get cause(): FlightRecord | undefined {
    const { current } = this;
    return current && causeOf(this.records, current);
  }

  /** States that something enters, by `chart state`. */
  get entered(): readonly string[] {
    const names = this.records.flatMap((record) => this.#enters(record) ?? []);
    return [...new Set(names)].toSorted();
  }

  #enters(record: FlightRecord): string | undefined {
    const isOne = record.kind === "step" || (record.kind === "key" && record.born);
    if (!isOne || record.state === undefined) return undefined;
    const chart = chartNameOf(record.actor);
    return chart === undefined ? undefined : `${chart} ${record.state}`;
  }

  /** Goes on until something enters this state; false: that does not happen any more. */
  runTo(state: string): boolean {
    const at = this.records.findIndex((record, n) => n >= this.#at && this.#enters(record) === state);
    if (at < 0) return false;
    this.seek(at + 1);
    return true;
  }

  get scene(): Scene {
    return {
      picture: this.#picture,
      base: this.#none,
      records: this.records.slice(0, this.#at),
      tally: this.#tally,
      now: this.#picture.mono,
      host: "",
      alive: true,
      retry: over,
    };
  }
}
