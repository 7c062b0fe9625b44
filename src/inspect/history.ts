/** What became of a few actors, out of a recording: their steps, the calls they made and how those ended, the clients that waited. */
import { eventInWords } from "../machines/edges.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";
import type { Asked, Called, FlightRecord } from "./record.ts";

export interface HistoryEntry {
  readonly seq: number;
  readonly mono: MonoMs;
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Absent: it is of the whole daemon. */
  readonly actor?: string;
  readonly kind: "begun" | "moved" | "noted" | "called" | "asked" | "answered" | "gone" | "daemon";
  /** Of a step: where it is now. */
  readonly state?: string;
  readonly text: string;
  /** How long a call took, or how long the actor was in the state that it has left. */
  readonly ms?: number;
  readonly failed?: true;
}

export interface CallUnderWay extends Called {
  readonly mono: MonoMs;
  /** What it was at, as its driver last said. */
  readonly doing?: string;
}

interface Place {
  readonly state: string;
  readonly since: MonoMs;
}

export class Historian {
  readonly #actors: ReadonlySet<string>;
  readonly #entries: HistoryEntry[] = [];
  readonly #places = new Map<string, Place>();
  readonly #calls = new Map<number, CallUnderWay>();
  readonly #asked = new Map<number, Asked>();
  /** Whom a client's call waited for last. */
  readonly #awaited = new Map<number, string>();

  constructor(actors: ReadonlySet<string>) {
    this.#actors = actors;
  }

  /** From its first word on: daemons that began before know nothing of it. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries.slice(this.#entries.findIndex(({ actor }) => actor !== undefined));
  }

  /** Calls that have not ended, oldest first. */
  get underWay(): readonly CallUnderWay[] {
    return [...this.#calls.values()];
  }

  apply(record: FlightRecord): void {
    switch (record.kind) {
      case "opened":
        if (record.begun) this.#begin(record);
        return;
      case "key":
        return this.#key(record);
      case "step":
        return this.#step(record);
      case "gone":
        if (!this.#actors.has(record.actor)) return;
        this.#places.delete(record.actor);
        return this.#add(record, {
          actor: record.actor,
          kind: "gone",
          text: `${record.how}${record.text === undefined ? "" : `: ${record.text}`}`,
          ...(record.how !== "ended" && { failed: true }),
        });
      case "call":
        return this.#call(record);
      case "ended":
      case "abandoned":
        return this.#end(record);
      case "rpc":
        return void this.#asked.set(record.n, record);
      case "waits":
        return this.#wait(record.n, record.actor, record);
      case "answer":
        return this.#answer(record);
      case "doing":
        return this.#doing(record.n, record.text);
      case "made":
      case "read":
      case "whole":
      case "said":
      case "stalled":
      case "lost":
        return;
    }
  }

  #add(at: FlightRecord, entry: Omit<HistoryEntry, "seq" | "mono" | "wall">): void {
    const { seq, mono, wall } = at;
    this.#entries.push({ seq, mono, wall, ...entry });
  }

  #begin(record: FlightRecord & { kind: "opened" }): void {
    this.#places.clear();
    this.#calls.clear();
    this.#asked.clear();
    this.#awaited.clear();
    this.#add(record, { kind: "daemon", text: `a daemon begins: ${record.version}, process ${record.pid}` });
  }

  #key(record: FlightRecord & { kind: "key" }): void {
    const { actor, state, since, born, incarnation } = record;
    if (!this.#actors.has(actor)) return;
    if (!born && this.#places.has(actor)) return;
    this.#places.set(actor, { state, since });
    if (!born) return;
    const again = incarnation > 1 ? ` for the ${incarnation}th time` : "";
    this.#add(record, { actor, kind: "begun", state, text: `begun${again}: ${state}` });
  }

  #step(record: FlightRecord & { kind: "step" }): void {
    const { actor, state, event, unhandled } = record;
    if (!this.#actors.has(actor)) return;
    const on = eventInWords(event.type);
    const before = this.#places.get(actor);
    if (state === undefined || state === before?.state) {
      const text = unhandled ? `${on}, which it did not expect` : `took ${on}`;
      return this.#add(record, { actor, kind: "noted", text, ...(unhandled && { failed: true }) });
    }
    this.#places.set(actor, { state, since: record.mono });
    const text = `${before ? `${before.state} → ` : ""}${state} (${on})`;
    this.#add(record, { actor, kind: "moved", state, text, ...(before && { ms: record.mono - before.since }) });
  }

  #end(record: FlightRecord & { kind: "ended" | "abandoned" }): void {
    const call = this.#calls.get(record.n);
    if (!call) return;
    this.#calls.delete(record.n);
    const { by: actor, driver, verb } = call;
    const name = `${driver}.${verb}`;
    if (record.kind === "abandoned") return this.#add(record, { actor, kind: "called", text: `${name} given up` });
    const { ms, failure } = record;
    const text = failure ? `${name} failed: ${failure.text}` : name;
    this.#add(record, { actor, kind: "called", text, ms, ...(failure && { failed: true }) });
  }

  /** What a later segment says anew was told before, unless that is gone. */
  #call(call: FlightRecord & { kind: "call" }): void {
    const { n, by, since, mono } = call;
    if (this.#actors.has(by) && !this.#calls.has(n)) this.#calls.set(n, { ...call, mono: since ?? mono });
  }

  #doing(n: number, doing: string): void {
    const call = this.#calls.get(n);
    if (call) this.#calls.set(n, { ...call, doing });
  }

  #wait(n: number, actor: string, record: FlightRecord): void {
    const asked = this.#asked.get(n);
    if (!asked || !this.#actors.has(actor) || this.#awaited.get(n) === actor) return;
    this.#awaited.set(n, actor);
    const by = asked.agent === undefined ? "" : ` by ${asked.agent}`;
    this.#add(record, { actor, kind: "asked", text: `${asked.method}${by} waits for it` });
  }

  #answer(record: FlightRecord & { kind: "answer" }): void {
    const { n, code, ms, text } = record;
    const [actor, asked] = [this.#awaited.get(n), this.#asked.get(n)];
    this.#asked.delete(n);
    this.#awaited.delete(n);
    if (actor === undefined || !asked) return;
    const said = `${asked.method} answered ${code}${text === undefined ? "" : `: ${text}`}`;
    this.#add(record, { actor, kind: "answered", text: said, ms, ...(code !== "OK" && { failed: true }) });
  }
}

const phaseOf = ({ state = "" }: HistoryEntry): string => state.split(".")[0] ?? "";

/** Without what goes as it should inside of a phase: the phases with their time, what failed, and what clients asked for. */
export const compacted = (entries: readonly HistoryEntry[]): readonly HistoryEntry[] => {
  const phases = new Map<string, { readonly phase: string; readonly since: MonoMs }>();
  return entries.flatMap((entry) => {
    const { actor = "", kind, mono, failed } = entry;
    if (kindOf(actor) === "pod" && !failed) return []; // it supervises, and nothing else
    if (kind === "begun" || kind === "moved") {
      const before = kind === "begun" ? undefined : phases.get(actor);
      if (before?.phase === phaseOf(entry)) return [];
      phases.set(actor, { phase: phaseOf(entry), since: mono });
      const came = before ? `${before.phase} → ` : "begun: ";
      const text = `${came}${phaseOf(entry)}`;
      return [{ ...entry, text, ...(before && { ms: mono - before.since }) }];
    }
    return failed || (kind !== "called" && kind !== "noted") ? [entry] : [];
  });
};
