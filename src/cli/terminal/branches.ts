/** A tree as lines, for terminals of any width. */
import { wrapped } from "./layout.ts";
import type { Screen, Style } from "./screen.ts";

export interface Branch {
  readonly text: string;
  readonly style?: Style;
  readonly children: readonly Branch[];
}

/** How a line begins: of a child and of what is below it, of the last child and of what is below that. */
interface Rails {
  readonly child: string;
  readonly below: string;
  readonly last: string;
  readonly belowLast: string;
}

const WIDE: Rails = { child: "├─ ", below: "│  ", last: "└─ ", belowLast: "   " };
const SLIM: Rails = { child: "├", below: "│", last: "└", belowLast: " " };
const SLIM_BELOW = 60;

const linesOf = ({ text, style, children }: Branch, first: string, rest: string, screen: Screen): readonly string[] => {
  const rails = screen.width < SLIM_BELOW ? SLIM : WIDE;
  const paint = (line: string): string => (style === undefined ? line : screen.paint(style, line));
  const own = wrapped(text, screen.width - rest.length).map((line, n) => `${n === 0 ? first : rest}${paint(line)}`);
  const below = children.flatMap((child, n) => {
    const isLast = n === children.length - 1;
    const [begins, goesOn] = isLast ? [rails.last, rails.belowLast] : [rails.child, rails.below];
    return linesOf(child, rest + begins, rest + goesOn, screen);
  });
  return [...own, ...below];
};

export const branchLines = (roots: readonly Branch[], screen: Screen): readonly string[] =>
  roots.flatMap((root) => linesOf(root, "", "", screen));
