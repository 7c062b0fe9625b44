/** One picture of `troupe top`: as many lines as the terminal has, the selected one among them. */
import type { Card } from "../../inspect/cards.ts";
import type { MonoMs } from "../../vocabulary/index.ts";
import { cut, wrapped } from "./layout.ts";
import type { Screen } from "./screen.ts";
import type { TopView } from "./top-keys.ts";
import { heading, listLines, sums } from "./top-list.ts";

export interface Framed {
  /** Whose picture it is. */
  readonly said: string;
  readonly cards: readonly Card[];
  readonly mono: MonoMs;
  readonly view: TopView;
  /** In place of the list. */
  readonly page?: readonly string[];
}

const KEYS = "/ filter  enter explain  h history  q quit";
const PAGE_KEYS = "j k scroll  h history  enter explain  q back";

const footOf = ({ view, page }: Framed): string => {
  if (view.typing) return `/${view.filter}_`;
  const filter = view.filter === "" ? "" : `filter: ${view.filter}  `;
  return page ? PAGE_KEYS : `${filter}${KEYS}`;
};

const SELECTED = "\x1b[7m";
const PLAIN = "\x1b[0m";

/** The lines around the selected card: it is always among them. */
const window = (framed: Framed, screen: Screen, rows: number): readonly string[] => {
  const { cards, mono, view } = framed;
  const at = Math.max(
    0,
    cards.findIndex(({ actor }) => actor.id === view.selected),
  );
  // No card has less than a line: further ones than the terminal has lines cannot be seen.
  const from = Math.max(0, at - rows + 1);
  const blocks = cards
    .slice(from, from + 2 * rows)
    .map((card) =>
      listLines(card, mono, screen).map((line) =>
        card.actor.id === view.selected ? `${SELECTED}${line.replaceAll(PLAIN, PLAIN + SELECTED)}${PLAIN}` : line,
      ),
    );
  const above = blocks.slice(0, at - from + 1).flat();
  const lines = blocks.flat();
  return lines.slice(Math.max(0, above.length - rows)).slice(0, rows);
};

export const frame = (framed: Framed, screen: Screen, rows: number): readonly string[] => {
  const { said, cards, view, page } = framed;
  const top = [
    ...wrapped(said, screen.width).map((line) => screen.paint("title", line)),
    ...wrapped(sums(cards), screen.width),
  ];
  const foot = screen.paint("quiet", cut(footOf(framed), screen.width));
  const head = page ? top : [...top, ...heading(screen)];
  const room = Math.max(1, rows - head.length - 1);
  const scrolled = Math.min(view.scrolled, Math.max(0, (page?.length ?? 0) - room));
  const body = page ? page.slice(scrolled, scrolled + room) : window(framed, screen, room);
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => "");
  return [...head, ...body, ...blank, foot].slice(0, rows);
};
