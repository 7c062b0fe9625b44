/** What is told of a thing and of all that is in it, as data: what `troupe explain` shows, and prints as JSON. */
import type { MonoMs } from "../vocabulary/index.ts";
import { helpAt } from "./help/texts.ts";
import { isRestless, type Scene, type SceneActor, type SceneCaller } from "./scene.ts";
import { refusedOf, type Refusal } from "./refusals.ts";
import { isStuck, restlessSince } from "./stuck.ts";
import { labelOf, podLabels, podOf } from "./subjects.ts";
import type { Transition } from "./transitions.ts";

export interface Card {
  /** `namespace/pod/container` */
  readonly label: string;
  readonly actor: SceneActor;
  readonly stuck: boolean;
  /** Since when it is not at rest. */
  readonly since?: MonoMs;
  /** Where to look when it lasts, in words; and the anchor of docs/stuck.md. */
  readonly help?: { readonly what: string; readonly lasting: string; readonly anchor: string };
  readonly callers: readonly SceneCaller[];
  readonly transitions: readonly Transition[];
}

/** A pod, or what is in none. */
export interface Group {
  readonly label: string;
  readonly stuck: boolean;
  /** Those that are not at rest: the stuck ones first, then who has been at it for longest. */
  readonly restless: readonly Card[];
  readonly resting: readonly Card[];
  /** Calls about it that were refused or failed, and have not ended well since. */
  readonly refused: readonly Refusal[];
}

export interface CardOptions {
  readonly stuckMs?: number;
  readonly transitions?: ReadonlyMap<string, readonly Transition[]>;
}

const helpOf = ({ explanation }: SceneActor): Pick<Card, "help"> => {
  const { help: anchor = "" } = explanation ?? {};
  const help = helpAt(anchor);
  return help ? { help: { what: help.what, lasting: help.lasting, anchor } } : {};
};

const cardOf = (scene: Scene, actor: SceneActor, { stuckMs, transitions }: CardOptions): Card => {
  const since = actor.explanation && restlessSince(actor.explanation);
  return {
    label: labelOf(actor),
    actor,
    stuck: isStuck(actor, scene.mono, stuckMs),
    ...(since !== undefined && { since }),
    ...helpOf(actor),
    callers: scene.callers.filter((caller) => caller.actor === actor.id),
    transitions: transitions?.get(actor.id) ?? [],
  };
};

/** The stuck ones first, then those that are not at rest, then by age. */
const urgency = (card: Card): readonly [number, number] => {
  const rank = card.stuck ? 0 : 1;
  return [isRestless(card.actor) ? rank : 2, card.since ?? card.actor.since ?? 0];
};

export const byUrgency = (one: Card, other: Card): number => {
  const [[rank, since], [otherRank, otherSince]] = [urgency(one), urgency(other)];
  return rank - otherRank || since - otherSince;
};

export const cardsOf = (scene: Scene, options: CardOptions = {}): readonly Card[] =>
  scene.actors.map((actor) => cardOf(scene, actor, options)).toSorted(byUrgency);

const groupOf = (label: string, cards: readonly Card[], refusals: readonly Refusal[]): Group => ({
  label,
  refused: refusedOf(
    refusals,
    cards.map(({ actor }) => actor),
  ),
  stuck: cards.some(({ stuck }) => stuck),
  restless: cards.filter(({ actor }) => isRestless(actor)),
  resting: cards.filter(({ actor }) => !isRestless(actor)),
});

/** By pod, in the order of the most urgent one of each. */
export const groupsOf = (scene: Scene, options: CardOptions = {}): readonly Group[] => {
  const cards = cardsOf(scene, options);
  const labels = podLabels(scene.actors);
  const groups = Map.groupBy(cards, ({ actor, label }) => {
    const pod = podOf(actor);
    return pod === undefined ? label : (labels.get(pod) ?? label);
  });
  return [...groups].map(([label, members]) =>
    groupOf(members.length === 1 ? (members[0]?.label ?? label) : label, members, scene.refused),
  );
};
