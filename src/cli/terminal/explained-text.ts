/** What `troupe explain` prints, line by line. */
import type { Card, Group } from "../../inspect/cards.ts";
import type { Refusal } from "../../inspect/refusals.ts";
import { kindOf, type MonoMs } from "../../vocabulary/index.ts";
import { cardRows, restingText, titleOf } from "./card-text.ts";
import { rowLines, wrapped } from "./layout.ts";
import type { Screen } from "./screen.ts";
import { plural } from "../../inspect/words.ts";
import { span } from "./words.ts";

const verdict = (card: Card, mono: MonoMs): string => {
  const age = card.since === undefined ? "" : ` for ${span(mono - card.since)}`;
  return card.stuck ? `stuck${age}` : `busy${age}`;
};

export const cardLines = (card: Card, mono: MonoMs, screen: Screen): readonly string[] => [
  ...wrapped(`${titleOf(card)}: ${verdict(card, mono)}`, screen.width).map((line) =>
    screen.paint(card.stuck ? "stuck" : "busy", line),
  ),
  ...cardRows(card, mono).flatMap((row) => rowLines(row, screen.width, (label) => screen.paint("quiet", label))),
];

/** What everything in it has in common while it rests: since when. */
const restOf = ({ resting }: Group): MonoMs | undefined => {
  const moments = resting.flatMap(({ actor }) => actor.since ?? []);
  return moments.length > 0 ? Math.max(...moments) : undefined;
};

const headline = (group: Group, mono: MonoMs): string => {
  const { label, restless, stuck } = group;
  if (stuck) return `${label} is stuck: ${plural(restless.length, "thing")} in it not at rest`;
  if (restless.length > 0) return `${label} is busy: ${plural(restless.length, "thing")} in it not at rest`;
  const since = restOf(group);
  return `${label} is at rest: nothing is awaited${since === undefined ? "" : `, for ${span(mono - since)}`}`;
};

/** Whom another card tells of already. */
const isInlined = ({ actor }: Card, group: Group): boolean =>
  group.restless.some((card) => card.actor.explanation?.other?.actor === actor.id);

/** The last one first: it is what the kubelet was told. */
export const refusalLines = (refused: readonly Refusal[], mono: MonoMs, screen: Screen): readonly string[] =>
  refused.toReversed().flatMap(({ method, code, text, mono: at }, n) => {
    const told = `${method}, ${span(mono - at)} ago: ${text ?? code}`;
    return rowLines({ label: n === 0 ? "refused" : "", text: told }, screen.width, (label) =>
      screen.paint("quiet", label),
    );
  });

export const groupLines = (group: Group, mono: MonoMs, screen: Screen): readonly string[] => {
  const style = group.stuck ? "stuck" : "title";
  const told = group.restless.filter((card) => !isInlined(card, group) || card.callers.length > 0);
  // That a pod's supervisor supervises is no news.
  const resting = group.resting.filter(({ actor }) => kindOf(actor.id) !== "pod");
  return [
    ...wrapped(headline(group, mono), screen.width).map((line) => screen.paint(style, line)),
    ...told.flatMap((card) => ["", ...cardLines(card, mono, screen)]),
    ...(resting.length > 0 && told.length > 0 ? [""] : []),
    ...resting.flatMap((card, n) =>
      rowLines({ label: n === 0 ? "at rest" : "", text: restingText(card, mono) }, screen.width, (label) =>
        screen.paint("quiet", label),
      ),
    ),
    ...refusalLines(group.refused, mono, screen),
  ];
};
