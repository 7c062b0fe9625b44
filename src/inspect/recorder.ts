/**
 * The flight recorder: notes what happens as it happens, and writes it down once for each thing that entered the daemon. So
 * after any death nothing is missing that came before what was being handled.
 *
 * Each segment has every actor whole (a `key`), and what is under way, so that what is older may go.
 */
import { toFailure, type Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { Cast } from "./cast.ts";
import { changedIn, kept, rounded, told, type Context } from "./decision-data.ts";
import { FORMAT, type FlightRecord, type Gone, type Name, type Opened, type What } from "./record.ts";
import { Standing } from "./standing.ts";
import { UnderWay } from "./under-way.ts";

/** Where lines go. */
export interface Ring {
  /** True: what follows goes into a new segment. Never throws. */
  append(lines: string): boolean;
  readonly health: { readonly failures: number; readonly trouble?: string };
}

export interface RecorderOptions {
  readonly ring: Ring;
  readonly now: () => MonoMs;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Number of what is being handled; 0 outside. */
  readonly cause: () => number;
  readonly nameOf: (actorId: string) => Name | undefined;
  readonly daemon: Pick<Opened, "version" | "pid" | "boot" | "charts">;
  /** The last number that an earlier daemon gave out. */
  readonly after: number;
}

/** What an actor did with an event, as XState takes it: in several steps, of which the last counts. */
export interface Taken {
  readonly actor: string;
  readonly parent: string | undefined;
  readonly event: { readonly type: string };
  readonly state: string;
  readonly context: object;
  readonly unhandled: boolean;
}

/** A record that may be added to until it is written. */
interface Draft {
  readonly kind: FlightRecord["kind"];
  readonly mono: MonoMs;
  readonly actor?: string;
  state?: string;
  set?: Context;
  refused?: readonly string[];
  context?: Context;
}

/** Of what a segment has to say anew, so much is written with each batch of records. */
const ANEW_AT_ONCE = 16;
const BIRTH = "xstate.init";
const STOP = "xstate.stop";

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #cast: Cast;
  readonly #standing = new Standing();
  readonly #underWay = new UnderWay();
  /** Steps of what is being handled, which may have more to them. */
  readonly #open = new Map<string, Draft>();
  readonly #refused = new Map<string, string[]>();
  #batch: Draft[] = [];
  #seq: number;
  #lost: { records: number; why: Failure } | undefined;
  #missing = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#seq = options.after;
    this.#cast = new Cast(options.nameOf);
    this.note(this.#opened(true));
    this.flush();
  }

  /** The last number given out. */
  get seq(): number {
    return this.#seq;
  }

  /** Of this daemon: records that were made, and those of them that were not written. */
  get counts(): { readonly records: number; readonly lost: number } {
    return { records: this.#seq - this.#options.after, lost: this.#missing };
  }

  /** How often an actor of this id has begun; undefined where it has not, or has ended. */
  incarnationOf(actor: string): number | undefined {
    return this.#cast.incarnationOf(actor);
  }

  /** Written with the next flush. */
  note(what: What): void {
    const draft = this.#draft(what);
    this.#batch.push(draft);
    this.#underWay.note(what, draft.mono);
  }

  /** Written at once, unless something is being handled, which writes it when it is over. */
  noteOutside(what: What): void {
    this.note(what);
    if (this.#options.cause() === 0) this.flush();
  }

  #draft(what: What): Draft {
    const { now, wallMs, cause } = this.#options;
    const common = { seq: ++this.#seq, mono: rounded(now()), wall: wallMs(), cause: cause() };
    return { ...common, ...what };
  }

  took(taken: Taken): void {
    const { actor, event, state } = taken;
    const context = kept(actor, taken.context);
    if (event.type === BIRTH) return this.#born(taken, context);
    const known = this.#cast.find(actor);
    if (!known) return;
    if (event.type === STOP) return this.gone(actor, "stopped");
    this.#say(this.#standing.owedOf(actor));
    const draft = this.#open.get(actor) ?? this.#step(taken);
    if (state !== known.state) {
      draft.state = state;
      if (draft.kind === "step") known.since = draft.mono;
    }
    const changed = changedIn(known.context, context);
    if (draft.kind === "key") draft.context = context;
    else if (changed) draft.set = { ...draft.set, ...changed };
    known.state = state;
    known.context = context;
  }

  #step({ actor, event, unhandled }: Taken): Draft {
    const draft = this.#draft({ kind: "step", actor, event: told(event), ...(unhandled && { unhandled }) });
    return this.#begin(actor, draft);
  }

  #begin(actor: string, draft: Draft): Draft {
    this.#open.set(actor, draft);
    this.#batch.push(draft);
    return draft;
  }

  #born({ actor, parent, state }: Taken, context: Context): void {
    const since = rounded(this.#options.now());
    this.#say(this.#standing.owedOf(actor));
    this.#begin(actor, this.#draft(this.#cast.born(actor, { parent, state, since, context })));
  }

  /** XState has done with an actor's event: the next one is another step. */
  settled(actor: string): void {
    this.#open.delete(actor);
  }

  /** A guard said no to what this actor is about to do. */
  refuse(actor: string, guard: string): void {
    if (this.#options.cause() === 0) return; // somebody only asked whether it could
    const names = this.#refused.get(actor);
    if (names) names.push(guard);
    else this.#refused.set(actor, [guard]);
  }

  gone(actor: string, how: Gone["how"], text?: string): void {
    const gone: Gone = { kind: "gone", actor, how, ...(text !== undefined && { text }) };
    this.#say(this.#standing.owedOf(actor));
    this.#cast.gone(gone);
    this.note(gone);
  }

  #say(whats: readonly What[]): void {
    for (const what of whats) this.#batch.push(this.#draft(what));
  }

  /** Writes down what was noted. Never throws. */
  flush(): void {
    if (this.#batch.length === 0) return;
    this.#addRefusals();
    this.#addAnew();
    const batch = this.#batch;
    this.#batch = [];
    this.#open.clear();
    const before = this.#options.ring.health.failures;
    const turned = this.#options.ring.append(this.#lines(batch));
    const { failures, trouble = "" } = this.#options.ring.health;
    if (failures > before) this.#lose(batch.length, { code: "Failed", text: trouble });
    if (turned) this.#turn();
  }

  #addRefusals(): void {
    if (this.#refused.size === 0) return;
    for (const draft of this.#batch) {
      const names = draft.kind === "step" ? this.#refused.get(draft.actor ?? "") : undefined;
      if (names) draft.refused = names;
    }
    this.#refused.clear();
  }

  #addAnew(): void {
    if (this.#lost) {
      this.note({ kind: "lost", ...this.#lost });
      this.#lost = undefined;
    }
    this.#say(this.#standing.owed(ANEW_AT_ONCE));
    if (this.#standing.isWholeNow()) this.#say([{ kind: "whole" }]);
  }

  #lines(batch: readonly Draft[]): string {
    let lines = "";
    for (const record of batch)
      try {
        lines += `${JSON.stringify(record)}\n`;
      } catch (error) {
        this.#lose(1, toFailure(error));
      }
    return lines;
  }

  #lose(records: number, why: Failure): void {
    this.#missing += records;
    this.#lost = { records: (this.#lost?.records ?? 0) + records, why };
  }

  #turn(): void {
    this.#standing.turn([...this.#cast.things(), ...this.#underWay.things()]);
    this.note(this.#opened(false));
    this.flush();
  }

  #opened(begun: boolean): Opened {
    return { kind: "opened", format: FORMAT, ...this.#options.daemon, begun };
  }
}
