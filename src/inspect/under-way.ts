/** Calls that have not ended and clients that wait, as a later segment is to tell of them. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Asked, Called, Doing, Waits, What } from "./record.ts";
import type { Standing } from "./standing.ts";

export class UnderWay {
  readonly #standing: Standing;
  readonly #calls = new Map<number, Called>();
  readonly #asked = new Map<number, Asked>();

  constructor(standing: Standing) {
    this.#standing = standing;
  }

  /** `mono`: the moment of the record. */
  note(what: What, mono: MonoMs): void {
    switch (what.kind) {
      case "call":
        return this.#call({ ...what, since: mono });
      case "made":
        return this.#made(what.n);
      case "doing":
        return this.#doing({ ...what, since: mono });
      case "ended":
      case "abandoned":
        this.#calls.delete(what.n);
        return this.#standing.delete(`call ${what.n}`);
      case "rpc":
        this.#asked.set(what.n, { ...what, since: mono });
        return this.#wait(what.n);
      case "waits":
        return this.#wait(what.n, what);
      case "answer":
        this.#asked.delete(what.n);
        return this.#standing.delete(`rpc ${what.n}`);
      case "opened":
      case "whole":
      case "key":
      case "step":
      case "gone":
      case "read":
      case "said":
      case "stalled":
      case "lost":
        return;
    }
  }

  #call(call: Called): void {
    this.#calls.set(call.n, call);
    this.#standing.set(`call ${call.n}`, () => [call]);
  }

  #made(n: number): void {
    const call = this.#calls.get(n);
    if (call) this.#call({ ...call, begun: true });
  }

  #doing(doing: Doing): void {
    const call = this.#calls.get(doing.n);
    if (call) this.#standing.set(`call ${call.n}`, () => [call, doing]);
  }

  #wait(n: number, waits?: Waits): void {
    const asked = this.#asked.get(n);
    if (asked) this.#standing.set(`rpc ${n}`, () => (waits ? [asked, waits] : [asked]));
  }
}
