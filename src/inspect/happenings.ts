/** Records as lines that people read: what happened, to whom, and what came of it. */
import { eventInWords } from "../machines/edges.ts";
import type { Mood } from "./health.ts";
import type { Ended, FlightRecord } from "./record.ts";
import { lasting } from "./words.ts";

export interface Happening {
  readonly record: FlightRecord;
  readonly actor?: string;
  readonly what: string;
  readonly detail: string;
  readonly mood: Mood;
}

type Of<Kind extends FlightRecord["kind"]> = Extract<FlightRecord, { readonly kind: Kind }>;

const stepped = (record: Of<"step">, compact: boolean): Happening => {
  const { actor, event, state, refused, unhandled } = record;
  const said = refused && !compact ? `, refused by ${refused.join(", ")}` : "";
  const detail = unhandled ? "it did not expect this" : state === undefined ? `stays${said}` : `→ ${state}${said}`;
  const mood = unhandled
    ? "broken"
    : event.type.startsWith("xstate.error")
      ? "trouble"
      : state === undefined
        ? "rest"
        : "work";
  return { record, actor, what: eventInWords(event.type), detail, mood };
};

const endOf = (end: Of<"ended"> | Ended | undefined): Pick<Happening, "detail" | "mood"> => {
  if (!end) return { detail: "under way", mood: "work" };
  const late = end.abandoned ? ", when nobody waited any more" : "";
  if (end.failure) return { detail: `failed after ${lasting(end.ms)}: ${end.failure.text}${late}`, mood: "trouble" };
  return { detail: `took ${lasting(end.ms)}${late}`, mood: "rest" };
};

const gone = (record: Of<"gone">): Happening => {
  const { actor, how, text } = record;
  const mood = how === "crashed" || how === "quarantined" ? "broken" : "rest";
  return { record, actor, what: how, detail: text ?? "", mood };
};

interface Ends {
  readonly calls: ReadonlyMap<number, Of<"ended">>;
  readonly answers: ReadonlyMap<number, Of<"answer">>;
}

const answerOf = (answer: Of<"answer"> | undefined): Pick<Happening, "detail" | "mood"> => {
  if (!answer) return { detail: "not answered", mood: "work" };
  const { code, ms, text } = answer;
  const detail = `${code} after ${lasting(ms)}${text === undefined ? "" : `: ${text}`}`;
  return { detail, mood: code === "OK" ? "rest" : "trouble" };
};

/** One record by itself. `ends`: how calls ended, where they are told with their end. */
const happeningOf = (record: FlightRecord, ends: Ends | undefined): Happening | undefined => {
  switch (record.kind) {
    case "step":
      return stepped(record, ends !== undefined);
    case "key":
      return { record, actor: record.actor, what: record.born ? "begins" : "is", detail: record.state, mood: "rest" };
    case "gone":
      return gone(record);
    case "call": {
      const told = ends ? endOf(ends.calls.get(record.n)) : { detail: `call ${record.n}`, mood: "work" as const };
      return { record, actor: record.by, what: `${record.driver}.${record.verb}`, ...told };
    }
    case "doing":
      return { record, what: "a call is at", detail: record.text, mood: "work" };
    case "made":
      return { record, what: "call is made", detail: `call ${record.n}`, mood: "work" };
    case "ended":
      return { record, what: "call ended", ...endOf(record), detail: `call ${record.n} ${endOf(record).detail}` };
    case "abandoned":
      return { record, what: "call left", detail: `call ${record.n}: nobody waits for it any more`, mood: "trouble" };
    case "rpc": {
      const told = ends ? answerOf(ends.answers.get(record.n)) : { detail: record.about ?? "", mood: "work" as const };
      return { record, what: record.method, ...told };
    }
    case "waits":
      return {
        record,
        actor: record.actor,
        what: "a client waits",
        detail: `call ${record.n} of a client`,
        mood: "work",
      };
    case "answer":
      return { record, what: "a client is answered", ...answerOf(record) };
    case "opened":
      return {
        record,
        what: record.begun ? "a daemon begins" : "a segment begins",
        detail: record.version,
        mood: "rest",
      };
    case "stalled":
      return { record, what: "the daemon stood still", detail: lasting(record.ms), mood: "trouble" };
    case "lost":
      return { record, what: "records are lost", detail: String(record.records), mood: "broken" };
    case "said":
      return { record, what: record.level, detail: record.text, mood: record.level === "error" ? "trouble" : "rest" };
    case "whole":
    case "read":
      return undefined;
  }
};

const partsOf = new Set<FlightRecord["kind"]>(["ended", "made", "doing", "abandoned", "waits", "answer"]);

/** `compact`: a call stands in one line with its end, and what changed no state is left out. */
export const historyOf = (records: readonly FlightRecord[], compact: boolean): readonly Happening[] => {
  if (!compact) return records.flatMap((record) => happeningOf(record, undefined) ?? []);
  const ends: Ends = {
    calls: new Map(records.flatMap((record) => (record.kind === "ended" ? [[record.n, record] as const] : []))),
    answers: new Map(records.flatMap((record) => (record.kind === "answer" ? [[record.n, record] as const] : []))),
  };
  return records.flatMap((record) => {
    if (partsOf.has(record.kind) || (record.kind === "key" && !record.born)) return [];
    if ("since" in record && record.kind !== "key") return []; // said anew
    if (record.kind === "step" && record.state === undefined && !record.unhandled) return [];
    return happeningOf(record, ends) ?? [];
  });
};

/** The first record that came of the same cause: what a record is because of. Itself where it came from outside. */
export const causeOf = (records: readonly FlightRecord[], record: FlightRecord): FlightRecord => {
  if (record.cause === 0) return record;
  let found = record;
  for (let at = records.findLastIndex(({ seq }) => seq === record.seq); at >= 0; at--) {
    const one = records[at]!;
    if (one.kind === "opened" && one.begun) break; // numbers begin anew with each daemon
    if (one.cause === record.cause) found = one;
  }
  return found;
};
