/** A history, line by line: the time of day, the time since the line before, whose it is, what happened. */
import type { CallUnderWay, HistoryEntry } from "../../inspect/history.ts";
import type { Known, Subject } from "../../inspect/subjects.ts";
import { kindOf } from "../../vocabulary/index.ts";
import { thing } from "./card-text.ts";
import { wrapped } from "./layout.ts";
import type { Screen } from "./screen.ts";
import { span } from "./words.ts";

export interface Told {
  readonly subject: Subject;
  readonly entries: readonly HistoryEntry[];
  /** What has not ended. */
  readonly underWay: readonly CallUnderWay[];
}

/** `container app`, in one pod enough to tell them apart. */
const shortName = (actors: readonly Known[], id: string | undefined): string => {
  if (id === undefined) return "daemon";
  const container = actors.find((actor) => actor.id === id)?.name?.container;
  const alike = actors.filter((actor) => kindOf(actor.id) === kindOf(id)).length > 1;
  if (container !== undefined) return `${kindOf(id)} ${container}`;
  return alike ? thing(id) : kindOf(id);
};

const TIME = 13;
const SINCE = 11;
const WHOSE = 22;
const NARROW = 80;

const timeOf = (wall: number): string => new Date(wall).toISOString().slice(11, 23);

/** One entry: its head, and its text in what is left of the line or below it. */
const entryLines = (head: string, text: string, failed: boolean, screen: Screen): readonly string[] => {
  const paint = (line: string): string => (failed ? screen.paint("stuck", line) : line);
  if (screen.width < NARROW)
    return [
      ...wrapped(head.replace(/ +/g, " ").trim(), screen.width).map((line) => screen.paint("quiet", line)),
      ...wrapped(text, screen.width - 2).map((line) => `  ${paint(line)}`),
    ];
  const [first = "", ...rest] = wrapped(text, screen.width - head.length);
  return [
    `${screen.paint("quiet", head)}${paint(first)}`,
    ...rest.map((line) => `${" ".repeat(head.length)}${paint(line)}`),
  ];
};

export const historyLines = ({ subject, entries, underWay }: Told, screen: Screen): readonly string[] => {
  const [first] = entries;
  const day = first ? `, from ${new Date(first.wall).toISOString().slice(0, 10)} on, times in UTC` : "";
  const title = wrapped(`${subject.label}${day}`, screen.width).map((line) => screen.paint("title", line));
  const lines = entries.flatMap(({ mono, wall, actor, text, ms, failed = false }, n) => {
    const before = entries[n - 1];
    const since = before ? `+${span(mono - before.mono)}` : "";
    const whose = shortName(subject.actors, actor);
    const head = `${timeOf(wall).padEnd(TIME)}${since.padEnd(SINCE)}${whose.padEnd(WHOSE)} `;
    return entryLines(head, `${text}${ms === undefined ? "" : `, ${span(ms)}`}`, failed, screen);
  });
  const last = entries.at(-1);
  const open = underWay.map(({ by, driver, verb, mono, doing }) => {
    const age = last && last.mono > mono ? `, for ${span(last.mono - mono)} at the end of this` : "";
    return `${shortName(subject.actors, by)}: ${driver}.${verb} has not ended${age}${doing === undefined ? "" : `: ${doing}`}`;
  });
  return [
    ...title,
    ...lines,
    ...open.flatMap((text) => wrapped(text, screen.width)).map((line) => screen.paint("busy", line)),
  ];
};
