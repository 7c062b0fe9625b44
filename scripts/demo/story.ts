/**
 * Tells the demo: each step as a heading with its milliseconds, and below it one line for each machine that moved meanwhile:
 *
 *     StartContainer web                              41 ms
 *         container web      created → starting: asking 12 ms · confirming 3 ms → running
 */
export interface Transition {
  readonly actor: string;
  readonly machine: string;
  /** Paths into the chart: `creating.mounting`. */
  readonly from: string;
  readonly to: string;
  /** How long the machine was in `from`. */
  readonly ms: number;
}

const width = 132;

/** Not to be broken between the number and its unit. */
const firm = "\u00A0";
const duration = (ms: number): string => (ms < 0.95 ? `<1${firm}ms` : `${Math.round(ms)}${firm}ms`);

/**
 * One machine's way through a step of `stepMs`: the states it left, each with its time, by their top state; then where it is
 * now. How long it was in a state that it was in before the step says nothing about the step.
 */
export const fold = (moves: readonly Transition[], stepMs: number): string => {
  const groups: { top: string; parts: string[] }[] = [];
  for (const [at, { from, ms }] of moves.entries()) {
    if (from === "") continue; // it began
    const [top = "", ...below] = from.split(".");
    const time = at === 0 && ms > stepMs ? "" : ` ${duration(ms)}`;
    const part = `${below.join(".")}${time}`;
    const last = groups.at(-1);
    if (last?.top === top) last.parts.push(part);
    else groups.push({ top, parts: [part] });
  }
  const told = groups.map(({ top, parts }) => {
    const said = parts.map((part) => part.trim()).filter(Boolean);
    const separator = parts[0]?.startsWith(" ") || said.length === 0 ? "" : ":";
    return [`${top}${separator}`, said.join(" · ")].filter(Boolean).join(" ");
  });
  return [...told, moves.at(-1)?.to.replace(".", ": ") ?? ""].join(" → ");
};

/** Breaks a text between its words; lines after the first begin with `indent`. */
const wrap = (text: string, indent: string): string => {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (indent.length + line.length + word.length < width)
      lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
};

export interface Story {
  /** Gives an actor's object the name that people know it by. */
  name(id: string, name: string): void;
  moved(transition: Transition): void;
  /** Ends a step: its heading, what there is to say of it, and what moved since the last one. */
  step(title: string, ms: number, notes?: readonly string[]): void;
  say(text: string): void;
}

export const story = (out: (text: string) => void, colour: boolean): Story => {
  const write = (text: string): void => out(text.replaceAll(firm, " "));
  const paint = (code: number, text: string): string => (colour ? `\u001B[${code}m${text}\u001B[0m` : text);
  const names = new Map<string, string>();
  const moves = new Map<string, Transition[]>();

  const subject = ({ actor, machine }: Transition): string => {
    const object = actor.split("/").at(-1) ?? actor;
    const known = names.get(object) ?? (/^[0-9a-f]{20,}$/.test(object) ? object.slice(0, 12) : object);
    return known === machine ? machine : `${machine} ${known}`;
  };

  return {
    name: (id, name) => void names.set(id, name),
    moved: (transition) => {
      const former = moves.get(transition.actor);
      if (former) former.push(transition);
      else moves.set(transition.actor, [transition]);
    },
    step: (title, ms, notes = []) => {
      write(`\n${paint(1, title.padEnd(64))} ${paint(36, duration(ms).padStart(8))}\n`);
      for (const note of notes) write(`    ${paint(32, "✓")} ${wrap(note, "      ")}\n`);
      const indent = " ".repeat(30);
      for (const way of moves.values()) {
        const [first] = way;
        if (first === undefined || way.every(({ to }) => to === "supervising")) continue;
        write(`    ${paint(2, subject(first).padEnd(25))} ${wrap(fold(way, ms), indent)}\n`);
      }
      moves.clear();
    },
    say: (text) => write(`${text}\n`),
  };
};
