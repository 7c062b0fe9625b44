/** Calls that have not ended and clients that wait, as a later segment is to tell of them. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Asked, Called, Doing, Waits, What } from "./record.ts";
import type { Say } from "./standing.ts";

interface OpenCall {
  readonly call: Called;
  readonly since: MonoMs;
  begun: boolean;
  doing?: Doing;
}

interface OpenRpc {
  readonly asked: Asked;
  readonly since: MonoMs;
  waits?: Waits;
}

export class UnderWay {
  readonly #calls = new Map<number, OpenCall>();
  readonly #rpcs = new Map<number, OpenRpc>();

  /** `mono`: the moment of the record. */
  note(what: What, mono: MonoMs): void {
    switch (what.kind) {
      case "call":
        return void this.#calls.set(what.n, { call: what, since: mono, begun: what.begun });
      case "made":
      case "doing":
        return this.#goOn(what, mono);
      case "ended":
      case "abandoned":
        return void this.#calls.delete(what.n);
      case "rpc":
        return void this.#rpcs.set(what.n, { asked: what, since: mono });
      case "waits":
        return this.#wait(what);
      case "answer":
        return void this.#rpcs.delete(what.n);
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

  #goOn(what: What & { readonly n: number }, mono: MonoMs): void {
    const open = this.#calls.get(what.n);
    if (!open) return;
    if (what.kind === "doing") open.doing = { ...what, since: mono };
    else open.begun = true;
  }

  #wait(waits: Waits): void {
    const open = this.#rpcs.get(waits.n);
    if (open) open.waits = waits;
  }

  *things(): Iterable<readonly [name: string, say: Say]> {
    for (const n of this.#calls.keys()) yield [`call ${n}`, () => this.#sayCall(n)];
    for (const n of this.#rpcs.keys()) yield [`rpc ${n}`, () => this.#sayRpc(n)];
  }

  #sayCall(n: number): readonly What[] {
    const open = this.#calls.get(n);
    if (!open) return [];
    const { call, since, begun, doing } = open;
    return [{ ...call, begun, since }, ...(doing ? [doing] : [])];
  }

  #sayRpc(n: number): readonly What[] {
    const open = this.#rpcs.get(n);
    if (!open) return [];
    const { asked, since, waits } = open;
    return [{ ...asked, since }, ...(waits ? [waits] : [])];
  }
}
