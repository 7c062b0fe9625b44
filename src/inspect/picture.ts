/**
 * The node as a recording tells it, at one moment: actors where they are, calls that have not ended, clients that wait.
 * Records are applied one by one, so it is the same picture live, after a death, and in a player that steps.
 */
import type { SeenActor, SeenCall } from "../machines/explanation.ts";
import { kindOf, objectOf, type MonoMs } from "../vocabulary/index.ts";
import { Refusals } from "./refusals.ts";
import type { Answered, Asked, Called, FlightRecord, Key, Name, Opened, Said, Stalled, Step } from "./record.ts";

export interface PicturedActor {
  readonly id: string;
  readonly parent?: string;
  readonly name?: Name;
  readonly incarnation: number;
  /** Null: it has crashed, and is to begin again. */
  state: string | null;
  since: MonoMs;
  context: Readonly<Record<string, unknown>>;
  /** What it last took, and when. */
  last?: { readonly event: string; readonly mono: MonoMs; readonly seq: number };
  crashed?: string;
  quarantined?: string;
}

export interface PicturedCall extends Called {
  readonly since: MonoMs;
  readonly wall: number;
  /** What it is at, as far as that is recorded. */
  readonly doing?: { readonly text: string; readonly at: MonoMs };
}

/** A client's call under way. */
export interface PicturedRpc extends Asked {
  readonly since: MonoMs;
  readonly wall: number;
  /** Whom it waits for. */
  actor?: string;
  work?: number;
}

type Moment = Pick<FlightRecord, "seq" | "mono" | "wall">;

/** When it began, which is told of what is said anew. */
const begun = ({ mono, wall, since = mono }: Moment & { readonly since?: MonoMs }) => ({
  since,
  wall: wall - Math.round(mono - since),
});

const SAID = 50;

export class Picture {
  /** Of the last record. */
  seq = 0;
  mono: MonoMs = 0;
  wall = 0;
  daemon: Opened | undefined;
  readonly actors = new Map<string, PicturedActor>();
  readonly calls = new Map<number, PicturedCall>();
  readonly rpcs = new Map<number, PicturedRpc>();
  readonly refusals = new Refusals();
  readonly said: (Said & Moment)[] = [];
  stalled: (Stalled & Moment) | undefined;
  /** Records that could not be written. */
  lost = 0;
  /** Numbers that are missing between records. */
  gaps = 0;

  apply(record: FlightRecord): void {
    if (this.seq !== 0 && record.seq !== this.seq + 1) this.gaps++;
    this.seq = record.seq;
    this.mono = record.mono;
    this.wall = record.wall;
    switch (record.kind) {
      case "opened":
        return this.#open(record);
      case "key":
        return this.#place(record);
      case "step":
        return this.#step(record);
      case "gone":
        return this.#go(record.actor, record.how, record.text);
      case "call":
        return void this.calls.set(record.n, { ...record, ...begun(record) });
      case "made":
        return this.#note(record.n, { begun: true });
      case "doing":
        return this.#note(record.n, { doing: { text: record.text, at: begun(record).since } });
      case "ended":
      case "abandoned":
        return void this.calls.delete(record.n);
      case "rpc":
        return void this.rpcs.set(record.n, { ...record, ...begun(record) });
      case "waits":
        return this.#wait(record.n, record.actor, record.work);
      case "answer":
        return this.#answer(record);
      case "said":
        this.said.push(record);
        if (this.said.length > SAID) this.said.shift();
        return;
      case "stalled":
        this.stalled = record;
        return;
      case "lost":
        this.lost += record.records;
        return;
      case "read":
      case "whole":
        return;
    }
  }

  /** A daemon that begins has nothing of the one before. */
  #open(opened: Opened): void {
    this.daemon = opened;
    if (!opened.begun) return;
    this.actors.clear();
    this.calls.clear();
    this.rpcs.clear();
    this.refusals.clear();
    this.stalled = undefined;
  }

  #place({ actor, parent, name, incarnation, state, since, context, born }: Key): void {
    const before = this.actors.get(actor);
    const kept = born ? undefined : before?.last;
    this.actors.set(actor, {
      id: actor,
      ...(parent !== undefined && { parent }),
      ...((name ?? before?.name) && { name: name ?? before?.name }),
      incarnation,
      state,
      since,
      context,
      ...(kept && { last: kept }),
    } as PicturedActor);
  }

  #step({ actor, event, state, set, seq, mono }: Step & Moment): void {
    const one = this.actors.get(actor);
    if (!one) return; // its key is in a segment that is gone
    if (state !== undefined) {
      one.state = state;
      one.since = mono;
    }
    if (set) one.context = { ...one.context, ...set };
    one.last = { event: event.type, mono, seq };
  }

  #go(actor: string, how: string, text = ""): void {
    const one = this.actors.get(actor);
    if (how === "stopped" && one) one.state = null;
    else if (how === "crashed" && one) {
      one.state = null;
      one.crashed = text;
    } else if (how === "quarantined" && one) one.quarantined = text;
    else this.actors.delete(actor);
  }

  #note(n: number, noted: Partial<PicturedCall>): void {
    const call = this.calls.get(n);
    if (call) this.calls.set(n, { ...call, ...noted });
  }

  #wait(n: number, actor: string, work: number): void {
    const rpc = this.rpcs.get(n);
    if (!rpc) return;
    rpc.actor = actor;
    rpc.work = work;
  }

  #answer({ n, code, text, mono }: Answered & Moment): void {
    const rpc = this.rpcs.get(n);
    this.rpcs.delete(n);
    if (rpc) this.refusals.answered({ ...rpc, mono, code, ...(text !== undefined && { text }) });
  }

  /** An actor as what explains it sees it. */
  seen(id: string): SeenActor | undefined {
    const actor = this.actors.get(id);
    return actor && { id, state: actor.state, since: actor.since, context: actor.context };
  }

  callsOf(actorId: string): readonly SeenCall[] {
    return [...this.calls.values()].filter(({ by }) => by === actorId);
  }

  /** Those of one pod: its sandbox, network attachment, containers, and who is before them. */
  pod(sandboxId: string): readonly PicturedActor[] {
    return [...this.actors.values()].filter(
      ({ id, parent }) => parent === `pod/${sandboxId}` || id === `pod/${sandboxId}`,
    );
  }

  /** The pod that an actor is of; undefined where it is of none. */
  podOf(id: string): string | undefined {
    const { parent } = this.actors.get(id) ?? {};
    return parent !== undefined && kindOf(parent) === "pod" ? objectOf(parent) : undefined;
  }
}
