/** How a node is, out of its picture: who is stuck, who is at work, and one sentence of it. */
import { isArrival } from "../machines/arrivals.ts";
import { explanationOf, longestOf, type Explanation, type SeenCall } from "../machines/explanation.ts";
import { kindOf, objectOf, type MonoMs } from "../vocabulary/index.ts";
import { isRestless } from "./explained.ts";
import type { Picture, PicturedActor } from "./picture.ts";
import { isStuck, restlessSince } from "./stuck.ts";
import { plural } from "./words.ts";

export interface Waiting {
  readonly actor: PicturedActor;
  /** When what is under way began: its work, or else its state. */
  readonly since: MonoMs;
  readonly stuck: boolean;
}

export interface Health {
  /** Not at rest, those that wait longest first; quarantined ones before all. */
  readonly waiting: readonly Waiting[];
  readonly stuck: readonly Waiting[];
  /** Not stuck yet: something has failed, and is to be tried again. */
  readonly inTrouble: readonly Waiting[];
  readonly pods: number;
  readonly stuckPods: number;
  readonly sentence: string;
}

const waitingAs = (actor: PicturedActor, explaining: Explaining, now: MonoMs): Waiting => {
  const explanation = explaining.of(actor.id);
  const since = (explanation && restlessSince(explanation)) ?? actor.since;
  return { actor, since, stuck: isStuck({ explanation, quarantined: actor.quarantined }, now) };
};

const rank = ({ actor, stuck }: Waiting): number => (actor.quarantined !== undefined ? 0 : stuck ? 1 : 2);

const podOf = (picture: Picture, { id }: PicturedActor): string | undefined =>
  kindOf(id) === "pod" ? objectOf(id) : picture.podOf(id);

const sentenceOf = (health: Omit<Health, "sentence">): string => {
  const { pods, stuckPods, stuck, inTrouble, waiting } = health;
  if (stuckPods > 0) return `${stuckPods} of ${plural(pods, "pod")} ${stuckPods === 1 ? "is" : "are"} not progressing`;
  if (stuck.length > 0)
    return `${plural(stuck.length, "part")} of this node ${stuck.length === 1 ? "is" : "are"} not progressing`;
  const work = plural(waiting.length, "actor");
  if (inTrouble.length > 0) return `Nothing is stuck: ${work} at work, ${inTrouble.length} after a failure`;
  if (waiting.length > 0) return `All is well: ${plural(pods, "pod")}, ${work} at work`;
  return pods === 0 ? "All is well, and there are no pods" : `All is well: ${plural(pods, "pod")}, everything at rest`;
};

/** `explaining`: of the same picture. */
export const healthOf = (picture: Picture, now: MonoMs, explaining = new Explaining(picture)): Health => {
  const pods = new Set<string>();
  const restless: Waiting[] = [];
  for (const actor of picture.actors.values()) {
    const pod = podOf(picture, actor);
    if (pod !== undefined) pods.add(pod);
    const onItsWay = actor.state !== null && !isArrival(kindOf(actor.id), actor.state);
    if (onItsWay || actor.state === null || actor.quarantined !== undefined)
      restless.push(waitingAs(actor, explaining, now));
  }
  const waiting = restless.toSorted((one, other) => rank(one) - rank(other) || one.since - other.since);
  const stuck = waiting.filter((one) => one.stuck);
  const stuckPods = new Set(stuck.flatMap(({ actor }) => podOf(picture, actor) ?? [])).size;
  const inTrouble = waiting.filter(({ actor, stuck }) => !stuck && moodOf(actor) === "trouble");
  const health = { waiting, stuck, inTrouble, pods: pods.size, stuckPods };
  return { ...health, sentence: sentenceOf(health) };
};

/** Explains many actors of one picture: what they would all search is sorted once. */
export class Explaining {
  readonly #picture: Picture;
  readonly #calls = new Map<string, SeenCall[]>();

  constructor(picture: Picture) {
    this.#picture = picture;
    for (const call of picture.calls.values()) {
      const others = this.#calls.get(call.by);
      if (others) others.push(call);
      else this.#calls.set(call.by, [call]);
    }
  }

  of(id: string): Explanation | undefined {
    const seen = this.#picture.seen(id);
    return (
      seen &&
      explanationOf(seen, {
        callsOf: (actor) => this.#calls.get(actor) ?? [],
        restless: (sandboxActorId, kind) => {
          const others = this.#picture.pod(objectOf(sandboxActorId));
          const moving = others.filter((actor) => kindOf(actor.id) === kind && isRestless(actor));
          return longestOf(moving.flatMap((actor) => this.#picture.seen(actor.id) ?? []));
        },
      })
    );
  }
}

/** How a state looks: by shape and word, never by colour alone. */
export type Mood = "rest" | "work" | "trouble" | "broken";

export const moodOf = ({ id, state, context, quarantined }: PicturedActor): Mood => {
  if (state === null || quarantined !== undefined) return "broken";
  if (isArrival(kindOf(id), state)) return "rest";
  return (context as { readonly trouble?: unknown }).trouble ? "trouble" : "work";
};
