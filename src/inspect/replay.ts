/**
 * Executes a recording again: each actor's events, from its keys on, through the charts as they are now. A machine is a pure
 * function of its events, so every step must end where the recording says, with the same context.
 */
import { machineOf } from "../machines/catalogue.ts";
import { kindOf } from "../vocabulary/index.ts";
import type { Context } from "./decision-data.ts";
import type { FlightRecord, Key, Step } from "./record.ts";
import { Stepper, type Place } from "./stepper.ts";

export interface Disagreement {
  readonly seq: number;
  readonly actor: string;
  readonly event: string;
  readonly from: string;
  /** Where it went, as recorded and as executed; or why it could not be executed. */
  readonly recorded: string;
  readonly executed: string;
  /** Fields of the context that differ. */
  readonly fields: readonly string[];
}

export interface Replay {
  /** Transitions that were executed. */
  readonly steps: number;
  readonly agreed: number;
  /** Steps of actors whose beginning is not in the recording. */
  readonly unkeyed: number;
  readonly first?: Disagreement;
}

interface Followed {
  /** As recorded. */
  place: Place;
  /** As executed; absent: it goes on from what is recorded. */
  stepper?: Stepper | undefined;
}

export class Replayer {
  readonly #actors = new Map<string, Followed>();
  #steps = 0;
  #agreed = 0;
  #unkeyed = 0;
  #first: Disagreement | undefined;

  apply(record: FlightRecord): void {
    if (record.kind === "opened" && record.begun) this.#actors.clear();
    else if (record.kind === "key") this.#begin(record);
    else if (record.kind === "gone") this.#actors.delete(record.actor);
    else if (record.kind === "step" && machineOf(kindOf(record.actor))) this.#step(record);
  }

  #begin({ actor, state, context, born }: Key): void {
    // One in the middle of a life is where its last step ended, and says nothing new.
    if (born || !this.#actors.has(actor)) this.#actors.set(actor, { place: { state, context } });
  }

  #step({ actor, event, state, set, seq }: Step & FlightRecord): void {
    const one = this.#actors.get(actor);
    if (!one) return void this.#unkeyed++;
    this.#steps++;
    const from = one.place;
    one.place = { state: state ?? from.state, context: set ? { ...from.context, ...set } : from.context };
    const disagreement = execute(one, actor, from, event);
    if (!disagreement) return void this.#agreed++;
    one.stepper = undefined;
    this.#first ??= { seq, actor, event: event.type, from: from.state, recorded: one.place.state, ...disagreement };
  }

  get result(): Replay {
    const first = this.#first;
    return { steps: this.#steps, agreed: this.#agreed, unkeyed: this.#unkeyed, ...(first && { first }) };
  }
}

const execute = (
  one: Followed,
  actor: string,
  from: Place,
  event: Step["event"],
): Pick<Disagreement, "executed" | "fields"> | undefined => {
  try {
    const stepper = (one.stepper ??= Stepper.at(actor, from));
    if (!stepper) return undefined;
    stepper.step(event);
    const { state, context } = stepper.place;
    const fields = differing(context, one.place.context);
    return state === one.place.state && fields.length === 0 ? undefined : { executed: state, fields };
  } catch (error) {
    return { executed: error instanceof Error ? error.message : String(error), fields: [] };
  }
};

/** JSON has no `undefined`, and a recording is JSON. */
const differing = (executed: Context, recorded: Context): readonly string[] => {
  const fields = new Set([...Object.keys(executed), ...Object.keys(recorded)]);
  return [...fields].filter((field) => jsonOf(executed[field]) !== jsonOf(recorded[field]));
};

const jsonOf = (value: unknown): string => JSON.stringify(value ?? null);
