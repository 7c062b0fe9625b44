/** The list of `troupe top`: what is stuck, then what is busy, then the rest by age; a line each, or more where it is narrow. */
import { helpAt } from "../../inspect/help/texts.ts";
import { cardsOf, type Card } from "../../inspect/cards.ts";
import { isRestless, type Scene } from "../../inspect/scene.ts";
import { machineOf } from "../../machines/catalogue.ts";
import { kindOf, type MonoMs } from "../../vocabulary/index.ts";
import { thing } from "./card-text.ts";
import { cut, wrapped } from "./layout.ts";
import { unlinked } from "./plain.ts";
import type { Screen, Style } from "./screen.ts";
import { span } from "./words.ts";

/** In their order; supervisors only where they are in trouble, for they are always at rest. `filter`: a part of the line. */
export const listed = (scene: Scene, stuckMs: number, filter = ""): readonly Card[] =>
  cardsOf(scene, { stuckMs })
    .filter(({ actor }) => isRestless(actor) || machineOf(kindOf(actor.id)) !== undefined)
    .filter((card) => filter === "" || `${card.label} ${card.actor.id} ${card.actor.state}`.includes(filter));

/** `2 stuck, 5 busy, 498 at rest` */
export const sums = (cards: readonly Card[]): string => {
  const stuck = cards.filter((card) => card.stuck).length;
  const restless = cards.filter(({ actor }) => isRestless(actor)).length;
  return `${stuck} stuck, ${restless - stuck} busy, ${cards.length - restless} at rest`;
};

interface Cells {
  readonly verdict: string;
  readonly age: string;
  readonly what: string;
  readonly state: string;
  readonly waits: string;
}

const waitsText = ({ actor }: Card, mono: MonoMs): string => {
  const { explanation, quarantined, crashed } = actor;
  if (quarantined !== undefined) return `quarantined: ${quarantined}`;
  if (crashed !== undefined) return `crashed: ${crashed}`;
  if (!explanation) return "";
  const { waitsFor = "", help = "", until, trouble } = explanation;
  const what = unlinked(helpAt(help)?.what ?? waitsFor);
  const next = until && until.at > mono ? `; ${until.what} in ${span(until.at - mono)}` : "";
  return `${what}${next}${trouble ? `; last error: ${trouble.text}` : ""}`;
};

const verdictOf = ({ stuck, actor }: Card): string => {
  if (stuck) return "stuck";
  return isRestless(actor) ? "busy" : "rests";
};

const cellsOf = (card: Card, mono: MonoMs): Cells => {
  const { actor, label, since = actor.since } = card;
  const name = thing(actor.id);
  return {
    verdict: verdictOf(card),
    age: since === undefined ? "" : span(mono - since),
    what: label === actor.id || label.startsWith(`${kindOf(actor.id)}/`) ? name : `${label}  ${name}`,
    state: actor.state ?? "crashed",
    waits: waitsText(card, mono),
  };
};

const NARROW = 80;
/** Further columns would be nothing but gaps. */
const WIDEST = 160;
const VERDICT = 6;
const AGE = 12;
const STATE = 22;

const STYLES: Readonly<Record<string, Style>> = { stuck: "stuck", busy: "busy" };

const asLine = ({ verdict, age, what, state, waits }: Cells, most: number): string => {
  const width = Math.min(most, WIDEST);
  const [half, rest] = [
    Math.floor((width - VERDICT - AGE - STATE) / 2),
    Math.ceil((width - VERDICT - AGE - STATE) / 2),
  ];
  const column = (text: string, columns: number): string => cut(text, columns - 1).padEnd(columns);
  return `${column(verdict, VERDICT)}${column(age, AGE)}${column(what, half)}${column(state, STATE)}${cut(waits, most - width + rest)}`;
};

const asWrapped = ({ verdict, age, what, state, waits }: Cells, width: number): readonly string[] => {
  const [first = "", ...more] = wrapped([verdict, age, what, state, waits].filter(Boolean).join("  "), width);
  return [first, ...more];
};

/** A card's lines, unpainted. */
export const listLines = (card: Card, mono: MonoMs, screen: Screen): readonly string[] => {
  const cells = cellsOf(card, mono);
  const lines = screen.width < NARROW ? asWrapped(cells, screen.width) : [asLine(cells, screen.width).trimEnd()];
  const style = STYLES[cells.verdict];
  return style === undefined ? lines : lines.map((line) => screen.paint(style, line));
};

/** What the columns are; nothing where there are none. */
export const heading = (screen: Screen): readonly string[] =>
  screen.width < NARROW
    ? []
    : [
        screen.paint(
          "quiet",
          asLine({ verdict: "", age: "FOR", what: "WHAT", state: "STATE", waits: "WAITS FOR" }, screen.width).trimEnd(),
        ),
      ];
