/**
 * `troupe replay FILE --fork N [--choose 3,1,…]`: one pod of a recording goes on from its record N in another way, as it does in
 * the page: what may be chosen is numbered, and what was chosen is given by those numbers, in their order.
 */
import { Invalid } from "../errors.ts";
import { explainedIn, isRestless } from "../inspect/explained.ts";
import { FAILURE } from "../inspect/fork/answers.ts";
import type { Choice } from "../inspect/fork/choices.ts";
import { Fork, podOfRecord } from "../inspect/fork/fork.ts";
import { waysOf } from "../inspect/fork/ways.ts";
import { Picture } from "../inspect/picture.ts";
import type { FlightRecord } from "../inspect/record.ts";
import { partName, podName } from "../inspect/words.ts";
import { sentenceOf } from "../machines/sentence.ts";
import { podsAsked } from "./pods-asked.ts";
import { plain } from "./terminal/plain.ts";

export interface Forking {
  /** The number of a record, as it stands in the recording. */
  readonly from: string;
  readonly chosen: string | undefined;
  readonly pod: string | undefined;
}

interface Numbered {
  readonly who: string;
  readonly text: string;
  readonly choice: Choice;
}

const pictureOf = (records: readonly FlightRecord[]): Picture => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  return picture;
};

const whoIn = (picture: Picture, id: string): string => {
  const actor = picture.actors.get(id);
  return actor ? partName(actor) : id;
};

/** What may be chosen now, each way of each question. */
const choicesIn = (fork: Fork, picture: Picture): readonly Numbered[] =>
  fork.questions.flatMap(({ actor, about, call, options }) => {
    const who = whoIn(picture, actor);
    const ways = options.map(({ text, choice }) => ({ who, text: `${about}: ${text}`, choice }));
    const failing = call === undefined ? [] : [{ kind: "failure", call, failure: FAILURE } as const];
    return [...ways, ...failing.map((choice) => ({ who, text: `${about}: fails`, choice }))];
  });

const numbers = (given: string): readonly number[] =>
  given.split(",").map((text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new Invalid(`--choose takes numbers such as 3,1,1, not ${text}`);
    return number;
  });

const choose = (fork: Fork, given: string): void => {
  for (const number of numbers(given)) {
    const all = choicesIn(fork, pictureOf([...fork.before, ...fork.behind]));
    const one = all[number - 1];
    if (!one)
      throw new Invalid(
        `${number} cannot be chosen there: there ${all.length === 1 ? "is 1 way" : `are ${all.length} ways`}`,
      );
    fork.choose(one.choice);
  }
};

const begun = (records: readonly FlightRecord[], { from, pod }: Forking): Fork => {
  const at = records.findIndex(({ seq }) => String(seq) === from) + 1;
  if (at === 0) throw new Invalid(`no record of this recording has the number ${from}`);
  const picture = pictureOf(records.slice(0, at));
  const asked =
    pod === undefined ? undefined : podsAsked(records, pod).findLast(({ id }) => picture.actors.has(`pod/${id}`));
  const id = asked?.id ?? podOfRecord(picture, records[at - 1]);
  if (id === undefined)
    throw new Invalid(`record ${from} is about no pod; say which is to go on in another way: --pod`);
  return new Fork(records, at, id);
};

const way = (states: readonly string[]): string => states.map((state) => `→ ${state}`).join(" ") || "stays";

/** Lines for people. Throws Invalid where that cannot be forked, or chosen. */
export const forked = (records: readonly FlightRecord[], forking: Forking): readonly string[] => {
  const fork = begun(records, forking);
  if (forking.chosen !== undefined) choose(fork, forking.chosen);
  const picture = pictureOf([...fork.before, ...fork.behind]);
  const sentences = picture.pod(fork.pod).flatMap((actor) => {
    const explanation = isRestless(actor) ? explainedIn(picture, actor.id) : undefined;
    return explanation ? [`  ${sentenceOf(explanation, picture.mono)}`] : [];
  });
  const open = choicesIn(fork, picture);
  return [
    `a fork: what would have happened to ${podName(fork.picture, fork.pod)} from record ${fork.before.at(-1)?.seq ?? 0} on`,
    ...fork.chosen.map(({ actor, text }) => `  chosen: ${whoIn(fork.picture, actor)}: ${text}`),
    ...waysOf(fork, records.slice(fork.place)).flatMap(({ part, recorded, forked: here }) => [
      `${partName(part)}, ${part.state ?? "not there"}`,
      `  as recorded: ${way(recorded)}`,
      `  in the fork: ${way(here)}`,
    ]),
    "and then",
    ...(sentences.length > 0 ? sentences : ["  everything of it is at rest"]),
    ...(open.length > 0 ? ["what may be chosen next, by --choose"] : []),
    ...open.map(({ who, text }, n) => `  ${n + 1}  ${who}: ${text}`),
  ].map(plain);
};
