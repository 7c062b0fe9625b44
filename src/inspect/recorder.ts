/**
 * The flight recorder: notes what happens as it happens, and writes it down once for each thing that entered the daemon. So
 * after any death nothing is missing that came before what was being handled.
 *
 * Each segment has every living actor whole (a `key`), so that what is older may go. The keys of a new segment are spread
 * over the writes that follow: a thousand at once would hold up the event loop.
 */
import { toFailure, type Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { changedIn, kept, rounded, told, type Context } from "./decision-data.ts";
import { FORMAT, type FlightRecord, type Gone, type Key, type Name, type Opened, type What } from "./record.ts";

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

interface Known {
  readonly parent: string | undefined;
  readonly incarnation: number;
  state: string;
  since: MonoMs;
  context: Context;
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

/** Keys written with each batch of records, while the segment lacks some. */
const KEYS_AT_ONCE = 16;
const BIRTH = "xstate.init";

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #actors = new Map<string, Known>();
  readonly #incarnations = new Map<string, number>();
  /** Steps of what is being handled, which may have more to them. */
  readonly #open = new Map<string, Draft>();
  readonly #refused = new Map<string, string[]>();
  #batch: Draft[] = [];
  #keyless = new Set<string>();
  #seq: number;
  #lost: { records: number; why: Failure } | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#seq = options.after;
    this.note(this.#opened(true));
    this.flush();
  }

  /** The last number given out. */
  get seq(): number {
    return this.#seq;
  }

  /** Written with the next flush. */
  note(what: What): void {
    this.#batch.push(this.#draft(what));
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
    const known = this.#actors.get(actor);
    if (!known) return;
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
    const incarnation = (this.#incarnations.get(actor) ?? 0) + 1;
    this.#incarnations.set(actor, incarnation);
    const known: Known = { parent, incarnation, state, since: rounded(this.#options.now()), context };
    this.#actors.set(actor, known);
    this.#keyless.delete(actor);
    this.#begin(actor, this.#draft(this.#key(actor, known, true)));
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
    if (how !== "crashed" && how !== "quarantined") this.#incarnations.delete(actor);
    this.#actors.delete(actor);
    this.#keyless.delete(actor);
    this.note({ kind: "gone", actor, how, ...(text !== undefined && { text }) });
  }

  /** Writes down what was noted. Never throws. */
  flush(): void {
    if (this.#batch.length === 0) return;
    this.#addRefusals();
    this.#addKeys();
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

  #addKeys(): void {
    if (this.#lost) {
      this.note({ kind: "lost", ...this.#lost });
      this.#lost = undefined;
    }
    let left = KEYS_AT_ONCE;
    for (const actor of this.#keyless) {
      if (left-- === 0) return;
      this.#keyless.delete(actor);
      const known = this.#actors.get(actor);
      if (known) this.note(this.#key(actor, known, false));
    }
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
    this.#lost = { records: (this.#lost?.records ?? 0) + records, why };
  }

  #turn(): void {
    this.#keyless = new Set(this.#actors.keys());
    this.note(this.#opened(false));
    this.flush();
  }

  #opened(begun: boolean): Opened {
    return { kind: "opened", format: FORMAT, ...this.#options.daemon, begun };
  }

  #key(actor: string, { parent, incarnation, state, since, context }: Known, born: boolean): Key {
    const name = this.#options.nameOf(actor);
    return {
      kind: "key",
      actor,
      ...(parent !== undefined && { parent }),
      ...(name && { name }),
      born,
      incarnation,
      state,
      since,
      context,
    };
  }
}
