/** A fork that is made to go the way that was recorded: each end of a call, each moment and each word from outside as it was. */
import { answersOf } from "../../src/inspect/fork/answers.ts";
import type { Choice } from "../../src/inspect/fork/choices.ts";
import { Fork } from "../../src/inspect/fork/fork.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";

/** Steps of what is not a supervisor: `container/… exited → settling.draining`. */
export const waysIn = (records: readonly FlightRecord[]): readonly string[] =>
  records.flatMap((record) =>
    record.kind === "step" && !/^(pod|pods|daemon)\b/.test(record.actor)
      ? [`${record.actor} ${record.event.type} → ${record.state ?? "stays"}`]
      : [],
  );

type Of<Kind extends FlightRecord["kind"]> = Extract<FlightRecord, { readonly kind: Kind }>;

const without = (value: unknown): string =>
  JSON.stringify(value ?? null, (field, inner: unknown) => (field === "at" ? undefined : inner));

/** What was told from outside, in the words of a fork; undefined: it has none for it. */
const wordsFor = ({ event }: Of<"step">): string | undefined => {
  const { type, at, deadline, exit } = event as { type: string; at?: number; deadline?: number; exit?: object };
  if (type === "exited" || type === "execExited")
    return {
      '{"oomKilled":false,"code":0}': "its process ended with code 0",
      '{"oomKilled":false,"code":1}': "its process ended with code 1",
    }[without(exit)];
  if (type === "stop" && deadline !== undefined && deadline !== at) return undefined;
  if (type === "stop") return deadline === undefined ? "a client asks to stop it" : "a client asks to stop it at once";
  return { start: "a client asks to start it", remove: "a client asks to remove it", cancel: "its client goes" }[type];
};

const wayOf = (records: readonly FlightRecord[], { by, driver, verb }: Of<"call">): number => {
  const step = records.find((record) => record.kind === "step" && record.actor === by) as Of<"step"> | undefined;
  const ways = answersOf(driver, verb);
  if (ways.length === 1) return 0;
  const output = without((step?.event as { output?: unknown } | undefined)?.output);
  return ways.findIndex((way) => without(way.output({ mono: 0, wall: 0, n: 0 })) === output);
};

class Following {
  readonly #fork: Fork;
  readonly #calls = new Map<number, Of<"call">>();

  constructor(fork: Fork) {
    this.#fork = fork;
    for (const record of fork.before) this.note(record);
  }

  /** Numbers begin anew with each daemon, and so does what is known of them. */
  note(record: FlightRecord): void {
    if (record.kind === "opened" && record.begun) this.#calls.clear();
    if (record.kind === "call") this.#calls.set(record.n, record);
  }

  isOurs({ actor }: { readonly actor: string }): boolean {
    return actor === `pod/${this.#fork.pod}` || this.#fork.picture.podOf(actor) === this.#fork.pod;
  }

  /** What was chosen by what entered: undefined where a fork cannot choose that, null where it is nothing of this pod. */
  choiceOf(records: readonly FlightRecord[]): Choice | null | undefined {
    const [head] = records;
    const steps = records.filter((record) => record.kind === "step");
    if (records.some((record) => record.kind === "gone" && record.how !== "ended")) return undefined;
    if (head?.kind === "ended") {
      const call = this.#calls.get(head.n);
      if (!call || !this.isOurs({ actor: call.by })) return null;
      return head.abandoned ? null : this.#endOf(head, call, records);
    }
    if (!steps.some((step) => this.isOurs(step))) return null;
    if (head?.kind !== "step" || head.actor.startsWith("pod/")) return undefined;
    const what = wordsFor(head);
    return what === undefined ? undefined : { kind: "tell", actor: head.actor, what };
  }

  #endOf({ n, failure }: Of<"ended">, call: Of<"call">, records: readonly FlightRecord[]): Choice | undefined {
    const open = this.#fork.questions.find(
      (one) => one.actor === call.by && one.about === `${call.driver}.${call.verb}`,
    );
    if (call.driver === "clock") return open?.options[0]?.choice;
    if (open?.call === undefined) return undefined;
    if (failure) return { kind: "failure", call: open.call, failure };
    const way = wayOf(records, call);
    return way < 0 || n === 0 ? undefined : { kind: "answer", call: open.call, way };
  }

  /** Time goes on as it did; false: a bound would pass on the way, at which a driver may answer late. */
  passTime(mono: number): boolean {
    const waits = this.#fork.questions.flatMap(({ call, options }) =>
      options.flatMap(({ choice }) => (choice.kind === "wait" && call !== undefined ? [choice.until] : [])),
    );
    // What was due at that very moment has its own turn.
    const until = mono - 0.001;
    if (waits.some((bound) => bound <= until)) return false;
    this.#fork.choose({ kind: "wait", until });
    return true;
  }
}

const MOST = 60;

/** Undefined where nothing of this pod lives there. `at`: as a fork has it. */
export const followed = (records: readonly FlightRecord[], at: number, pod: string) => {
  let fork: Fork;
  try {
    fork = new Fork(records, at, pod);
  } catch {
    return undefined;
  }
  const following = new Following(fork);
  const done: FlightRecord[] = [];
  for (let [place, entered] = [fork.place, 0]; place < records.length && entered < MOST; entered++) {
    const { cause, mono, kind } = records[place]!;
    const other = records.findIndex((record, n) => n > place && (cause === 0 || record.cause !== cause));
    const end = other < 0 ? records.length : other;
    const group = records.slice(place, end).filter((record) => record.kind !== "said");
    if (kind === "opened") break;
    const choice = following.choiceOf(group);
    if (choice === undefined) break;
    if (choice !== null) {
      if (!following.passTime(mono)) break;
      fork.choose(choice);
      done.push(...group.filter((record) => record.kind !== "step" || following.isOurs(record)));
    }
    for (const record of group) following.note(record);
    place = end;
  }
  return { recorded: waysIn(done), forked: waysIn(fork.behind), fork };
};
