/** The life of a pod as lanes: for each actor the states it was in and the driver calls it made; above them what clients asked. */
import { eventInWords } from "../machines/edges.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { Picture, PicturedActor } from "./picture.ts";
import type { FlightRecord, Gone } from "./record.ts";

/** Absent `to`: it has not ended. */
interface Bar {
  readonly from: MonoMs;
  to?: MonoMs;
}
export interface StateBand extends Bar {
  readonly state: string;
  /** What led into it. */
  readonly event?: string;
}
export interface CallBar extends Bar {
  readonly n: number;
  readonly name: string;
  /** What bounds it, where a moment does. */
  readonly bound?: MonoMs;
  failure?: string;
  abandoned?: boolean;
}
export interface RpcBar extends Bar {
  readonly n: number;
  readonly method: string;
  readonly deadline?: MonoMs;
  code?: string;
}

export interface Lane {
  readonly actor: string;
  readonly bands: StateBand[];
  readonly calls: CallBar[];
  /** When the actor was gone. */
  gone?: MonoMs;
  /** What it is allowed until, of its context. */
  deadline?: MonoMs;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  readonly rpcs: readonly RpcBar[];
  /** What happened to one of them. */
  readonly records: readonly FlightRecord[];
}

const deadlineOf = (context: Readonly<Record<string, unknown>> | undefined): MonoMs | undefined => {
  const deadline = context?.["deadline"];
  return typeof deadline === "number" ? deadline : undefined;
};

/** Of these there is nobody who would come back. */
const ends: ReadonlySet<Gone["how"]> = new Set(["ended", "lost", "dismissed"]);

class Drawing {
  readonly lanes = new Map<string, Lane>();
  readonly rpcs = new Map<number, RpcBar>();
  readonly #open = new Map<number, CallBar>();
  readonly #asked = new Map<number, RpcBar>();
  /** Of a client's call it is told later whom it is about. */
  readonly #asks = new Map<number, FlightRecord>();
  readonly records: FlightRecord[] = [];
  readonly #parent: string;

  constructor(sandboxId: string) {
    this.#parent = `pod/${sandboxId}`;
  }

  /** What there was before the first record. */
  begin(base: Picture, sandboxId: string): void {
    for (const actor of base.pod(sandboxId)) this.#place(actor);
    for (const { n, by, driver, verb, since, boundMs, at } of base.calls.values())
      this.#call(by, n, `${driver}.${verb}`, since, at ?? (boundMs === null ? undefined : since + boundMs));
    for (const { n, method, since, wall, deadline, actor } of base.rpcs.values()) {
      this.#ask(n, method, since, deadline === undefined ? undefined : since + deadline - wall);
      if (actor !== undefined) this.#attach(n, actor);
    }
  }

  #place({ id, state, since, context }: Pick<PicturedActor, "id" | "state" | "since" | "context">): Lane {
    const lane: Lane = { actor: id, bands: [], calls: [] };
    if (state !== null) lane.bands.push({ state, from: since });
    this.#due(lane, context);
    this.lanes.set(id, lane);
    return lane;
  }

  #due(lane: Lane, context: Readonly<Record<string, unknown>> | undefined): void {
    if (context === undefined || !("deadline" in context)) return;
    const deadline = deadlineOf(context);
    if (deadline === undefined) delete lane.deadline;
    else lane.deadline = deadline;
  }

  apply(record: FlightRecord): void {
    const { mono } = record;
    switch (record.kind) {
      case "key": {
        if (record.parent !== this.#parent && record.actor !== this.#parent) return;
        const known = this.lanes.get(record.actor);
        if (!known || known.gone !== undefined) this.#place({ ...record, id: record.actor });
        else if (record.born) this.#enter(known, record.state, mono, "begun again");
        break;
      }
      case "step": {
        const lane = this.lanes.get(record.actor);
        if (!lane) return;
        this.#due(lane, record.set);
        if (record.state !== undefined) this.#enter(lane, record.state, mono, eventInWords(record.event.type));
        break;
      }
      case "gone": {
        const lane = this.lanes.get(record.actor);
        if (!lane) return;
        this.#leave(lane, mono);
        if (ends.has(record.how)) lane.gone = mono;
        break;
      }
      case "call": {
        const { at, boundMs, n, since = mono } = record;
        if (this.#open.has(n)) return; // said anew
        const bound = at ?? (boundMs === null ? undefined : since + boundMs);
        if (!this.#call(record.by, n, `${record.driver}.${record.verb}`, since, bound)) return;
        break;
      }
      case "ended":
      case "abandoned": {
        const call = this.#open.get(record.n);
        if (!call) return;
        this.#open.delete(record.n);
        call.to = mono;
        if (record.kind === "abandoned" || record.abandoned) call.abandoned = true;
        if (record.kind === "ended" && record.failure) call.failure = record.failure.text;
        break;
      }
      case "rpc": {
        const { n, method, deadline, wall } = record;
        if (this.#asked.has(n)) return; // said anew
        this.#ask(n, method, record.since ?? mono, deadline === undefined ? undefined : mono + deadline - wall);
        this.#asks.set(n, record);
        return;
      }
      case "waits": {
        if (!this.#attach(record.n, record.actor)) return;
        const asks = this.#asks.get(record.n);
        if (asks && !this.records.includes(asks)) this.records.push(asks);
        break;
      }
      case "answer": {
        const asked = this.#asked.get(record.n);
        this.#asked.delete(record.n);
        this.#asks.delete(record.n);
        if (!asked) return;
        asked.to = mono;
        asked.code = record.code;
        if (!this.rpcs.has(record.n)) return;
        break;
      }
      case "opened":
        if (record.begun) this.#end(mono);
        return;
      case "doing":
        if (!this.#open.has(record.n)) return;
        break;
      case "made":
      case "whole":
      case "read":
      case "said":
      case "stalled":
      case "lost":
        return;
    }
    this.records.push(record);
  }

  #enter(lane: Lane, state: string, mono: MonoMs, event: string): void {
    this.#leave(lane, mono);
    lane.bands.push({ state, from: mono, event });
  }

  #leave({ bands }: Lane, mono: MonoMs): void {
    const last = bands.at(-1);
    if (last) last.to ??= mono;
  }

  #call(by: string, n: number, name: string, from: MonoMs, bound: MonoMs | undefined): boolean {
    const lane = this.lanes.get(by);
    if (!lane) return false;
    const call: CallBar = { n, name, from, ...(bound !== undefined && { bound }) };
    lane.calls.push(call);
    this.#open.set(n, call);
    return true;
  }

  #ask(n: number, method: string, from: MonoMs, deadline: MonoMs | undefined): void {
    this.#asked.set(n, { n, method, from, ...(deadline !== undefined && { deadline }) });
  }

  #attach(n: number, actor: string): boolean {
    const asked = this.#asked.get(n);
    if (!asked || !this.lanes.has(actor)) return false;
    this.rpcs.set(n, asked);
    return true;
  }

  /** A daemon's death ends all that it had, and says no more of it. */
  #end(mono: MonoMs): void {
    for (const lane of this.lanes.values()) this.#leave(lane, mono);
    for (const bar of [...this.#open.values(), ...this.#asked.values()]) bar.to ??= mono;
    for (const call of this.#open.values()) call.abandoned = true;
    this.#open.clear();
    this.#asked.clear();
  }
}

/** Of a pod's actors, over records that follow `base`. */
export const lanesOf = (base: Picture, records: readonly FlightRecord[], sandboxId: string): Lanes => {
  const drawing = new Drawing(sandboxId);
  drawing.begin(base, sandboxId);
  for (const record of records) drawing.apply(record);
  return {
    lanes: [...drawing.lanes.values()],
    rpcs: [...drawing.rpcs.values()],
    records: drawing.records.toSorted((one, other) => one.seq - other.seq),
  };
};
