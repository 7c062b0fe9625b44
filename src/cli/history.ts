/** `troupe history ID`: what became of a pod, a container or anything else, out of the recording; a daemon is not needed. */
import { bytesBack } from "../drivers/flight/reading.ts";
import { Invalid } from "../errors.ts";
import { compacted, Historian } from "../inspect/history.ts";
import { readLines } from "../inspect/lines.ts";
import type { FlightRecord, Key } from "../inspect/record.ts";
import { subjectIn, type Known } from "../inspect/subjects.ts";
import { flightIn } from "../composition/places.ts";
import { UNREACHABLE } from "./scene-now.ts";
import { historyLines, type Told } from "./terminal/history-text.ts";
import { wrapped } from "./terminal/layout.ts";
import { screenOf } from "./terminal/screen.ts";
import { plural } from "../inspect/words.ts";
import { printJson, viewing, type ViewCommand } from "./viewing.ts";

const COMMAND: ViewCommand = {
  usage: "troupe history POD|ID [--compact] [options]",
  help: `
Tells what became of a pod, a container or anything else, as far back as the recording goes: each step with the time since the
last one, each call with how long it took or why it failed, each client that waited. Also of what is gone.

  --compact                the phases of a life, with what failed and what clients asked for
`,
  example: "troupe history default/web-0/app --compact",
  flags: ["compact"],
  mostWords: 1,
};

export interface History extends Told {
  readonly damaged: number;
  readonly strange: readonly number[];
}

const KEY = '"kind":"key"';

/** Everyone that the recording tells of, the dead too; their keys alone are read. */
const knownIn = (segments: readonly string[]): readonly Known[] => {
  const known = new Map<string, Known>();
  for (const text of segments) {
    const keys = readLines(
      text
        .split("\n")
        .filter((line) => line.includes(KEY))
        .join("\n"),
    ).records;
    for (const { actor, parent, name } of keys as readonly (FlightRecord & Key)[]) {
      const before = known.get(actor);
      known.set(actor, { id: actor, ...before, ...(parent !== undefined && { parent }), ...(name && { name }) });
    }
  }
  return [...known.values()];
};

/** Throws Invalid where it is not clear what is meant. */
export const historyIn = (runDir: string, asked: string): History => {
  const segments = [...bytesBack(flightIn(runDir))].map(String).toReversed();
  const subject = subjectIn(knownIn(segments), asked);
  const historian = new Historian(new Set(subject.actors.map(({ id }) => id)));
  let damaged = 0;
  const strange = new Set<number>();
  for (const text of segments) {
    const lines = readLines(text);
    damaged += lines.damaged;
    for (const format of lines.strange) strange.add(format);
    for (const record of lines.records) historian.apply(record);
  }
  const { entries, underWay } = historian;
  return { subject, entries, underWay, damaged, strange: [...strange] };
};

const notesOf = ({ damaged, strange }: History): readonly string[] => [
  ...(damaged > 0 ? [`${plural(damaged, "line")} of the recording cannot be read`] : []),
  ...(strange.length > 0 ? [`parts of it are of format ${strange.join(", ")}, which this Troupe does not know`] : []),
];

export const run = (args: readonly string[]): Promise<number> => {
  const view = viewing(COMMAND, args);
  if (!view) return Promise.resolve(0);
  const [asked] = view.words;
  if (asked === undefined) throw new Invalid(`usage: ${COMMAND.usage}`);
  if (bytesBack(flightIn(view.runDir)).next().done === true) {
    process.stderr.write(`troupe history: nothing is recorded in ${flightIn(view.runDir)}\n`);
    return Promise.resolve(UNREACHABLE);
  }
  const history = historyIn(view.runDir, asked);
  const entries = view.flags.has("compact") ? compacted(history.entries) : history.entries;
  if (view.output === "json") {
    printJson({ of: history.subject.label, notes: notesOf(history), entries, underWay: history.underWay });
    return Promise.resolve(0);
  }
  const screen = screenOf(process.stdout, process.env);
  const notes = notesOf(history).flatMap((note) => wrapped(note, screen.width));
  const lines = historyLines({ ...history, entries }, screen);
  process.stdout.write(`${[...notes, ...lines].join("\n")}\n`);
  return Promise.resolve(0);
};
