/**
 * A fork of a recording: one pod goes on from a place in it in another way, as its reader chooses step by step. It is made anew
 * of its choices, so that the last of them can be taken back.
 */
import { Invalid } from "../../errors.ts";
import { kindOf, objectOf, podActorId } from "../../vocabulary/index.ts";
import { Picture } from "../picture.ts";
import type { FlightRecord } from "../record.ts";
import { Branch } from "./branch.ts";
import type { Choice, Question } from "./choices.ts";
import { placeOf } from "./place.ts";
import type { Leaving } from "./sequel.ts";

/** What was chosen, in words. */
export interface Chosen {
  readonly choice: Choice;
  readonly actor: string;
  readonly text: string;
}

/** The pod that a record is about; undefined where it is about none. */
export const podOfRecord = (picture: Picture, record: FlightRecord | undefined): string | undefined => {
  if (!record) return undefined;
  const call = record.kind === "made" || record.kind === "doing" ? picture.calls.get(record.n) : undefined;
  const rpc = record.kind === "waits" ? record.actor : undefined;
  const actor = "actor" in record ? record.actor : "by" in record ? record.by : (call?.by ?? rpc);
  if (actor === undefined) return undefined;
  return kindOf(actor) === "pod" ? objectOf(actor) : picture.podOf(actor);
};

const highest = (records: readonly FlightRecord[], numberOf: (record: FlightRecord) => number): number =>
  records.reduce((most, record) => Math.max(most, numberOf(record)), 0);

const wordsOf = ({ about, options }: Question, choice: Choice): string => {
  if (choice.kind === "failure") return `${about} fails: ${choice.failure.text} (${choice.failure.code})`;
  const key = JSON.stringify(choice);
  const text = options.find((option) => JSON.stringify(option.choice) === key)?.text ?? "";
  return choice.kind === "tell" ? text : `${about} ${text}`;
};

const told = (question: Question, choice: Choice): Omit<Chosen, "choice"> => ({
  actor: question.actor,
  text: wordsOf(question, choice),
});

const isAbout = ({ call, options }: Question, choice: Choice): boolean =>
  choice.kind === "failure"
    ? call === choice.call
    : options.some((option) => JSON.stringify(option.choice) === JSON.stringify(choice));

export class Fork {
  /** Of the pod's sandbox. */
  readonly pod: string;
  /** How many records have happened where it leaves the recording. */
  readonly place: number;
  /** What was recorded until then. */
  readonly before: readonly FlightRecord[];
  readonly chosen: Chosen[] = [];
  readonly #leaving: Leaving;
  #branch: Branch;

  /** `at`: how many records its reader has seen happen. Throws Invalid where nothing of the pod lives there. */
  constructor(records: readonly FlightRecord[], at: number, pod: string) {
    this.pod = pod;
    this.place = placeOf(records, at);
    this.before = records.slice(0, this.place);
    const picture = new Picture();
    for (const record of this.before) picture.apply(record);
    const causes = highest(this.before, ({ cause }) => cause);
    const calls = highest(this.before, (record) => (record.kind === "call" ? record.n : 0));
    this.#leaving = { picture, pod: podActorId(pod), causes, calls };
    this.#branch = new Branch(this.#leaving);
  }

  /** Where it leaves the recording. */
  get picture(): Picture {
    return this.#leaving.picture;
  }

  /** What has happened in it. */
  get behind(): readonly FlightRecord[] {
    return this.#branch.records;
  }

  get questions(): readonly Question[] {
    return this.#branch.questions;
  }

  /** Throws Invalid where that cannot be chosen now; that time goes on always can. */
  choose(choice: Choice): void {
    const question = this.questions.find((one) => isAbout(one, choice));
    if (!question && choice.kind !== "wait") throw new Invalid("that is not open in this fork");
    this.#branch.choose(choice);
    this.chosen.push({ choice, ...(question ? told(question, choice) : { actor: "", text: "time goes on" }) });
  }

  /** Takes back what was chosen last. */
  back(): void {
    this.chosen.pop();
    this.#branch = new Branch(this.#leaving);
    for (const { choice } of this.chosen) this.#branch.choose(choice);
  }
}
