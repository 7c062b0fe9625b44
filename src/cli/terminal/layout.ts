/** Lines that fit a terminal: wrapped between words, indented, cut only where one word is longer than the whole line. */
import { plain } from "./plain.ts";

export interface Row {
  /** `waits for`; empty: the text goes on with the one before. */
  readonly label: string;
  readonly text: string;
}

/** Characters of the column of labels. */
const LABELS = 12;
/** Below this the text stands under its label. */
const NARROW = 50;
/** Nothing is laid out for less. */
const LEAST = 8;

const pieces = (word: string, width: number): readonly string[] => {
  const letters = Array.from(word);
  const count = Math.max(1, Math.ceil(letters.length / width));
  return Array.from({ length: count }, (_, n) => letters.slice(n * width, (n + 1) * width).join(""));
};

const lengthOf = (text: string): number => Array.from(text).length;

/** At least one line. */
export const wrapped = (text: string, width: number): readonly string[] => {
  const most = Math.max(LEAST, width);
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text).split(/ +/))
    for (const piece of pieces(word, most)) {
      const longer = line === "" ? piece : `${line} ${piece}`;
      if (lengthOf(longer) <= most) line = longer;
      else {
        lines.push(line);
        line = piece;
      }
    }
  return [...lines, line];
};

const indented = (lines: readonly string[], by: number): readonly string[] =>
  lines.map((line) => `${" ".repeat(by)}${line}`);

/** `label  text`, the text wrapped in a column of its own; in a narrow terminal below the label. */
export const rowLines = (
  { label, text }: Row,
  width: number,
  styled: (label: string) => string = (plainLabel) => plainLabel,
): readonly string[] => {
  if (width < NARROW) {
    const body = indented(wrapped(text, width - 2), 2);
    return label === "" ? body : [styled(label), ...body];
  }
  const [first = "", ...rest] = wrapped(text, width - LABELS - 2);
  return [`  ${styled(label.padEnd(LABELS))}${first}`, ...indented(rest, LABELS + 2)];
};

/** Cut where it is longer, with `…` at its end: for lists whose lines must stay lines. */
export const cut = (text: string, width: number): string => {
  const letters = Array.from(plain(text));
  return letters.length <= width ? letters.join("") : `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
};
