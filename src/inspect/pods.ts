/** The pods of a picture, each with whose they are: one pass over all actors. */
import { kindOf, objectOf, type MonoMs } from "../vocabulary/index.ts";
import { moodOf, type Mood } from "./health.ts";
import type { Picture, PicturedActor } from "./picture.ts";
import type { Name } from "./record.ts";

export interface Pod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly sandbox?: PicturedActor;
  readonly containers: readonly PicturedActor[];
  /** Of its part that is worst off. */
  readonly mood: Mood;
  /** When something of it last changed its state. */
  readonly since: MonoMs;
  /** How often parts of it began again. */
  readonly restarts: number;
}

const moods: readonly Mood[] = ["rest", "work", "trouble", "broken"];

interface Collected {
  name?: Name;
  readonly members: PicturedActor[];
}

const podFrom = (id: string, { name, members }: Collected): Pod => {
  const sandbox = members.find((actor) => kindOf(actor.id) === "sandbox");
  return {
    id,
    name: name?.pod ?? id.slice(0, 12),
    namespace: name?.namespace ?? "",
    ...(sandbox && { sandbox }),
    containers: members.filter((actor) => kindOf(actor.id) === "container"),
    mood: moods[Math.max(0, ...members.map((actor) => moods.indexOf(moodOf(actor))))] ?? "rest",
    since: Math.max(0, ...members.map((actor) => actor.since)),
    restarts: members.reduce((sum, { incarnation }) => sum + incarnation - 1, 0),
  };
};

/** Those worst off first, then by name. */
export const podsOf = (picture: Picture): readonly Pod[] => {
  const found = new Map<string, Collected>();
  for (const actor of picture.actors.values()) {
    const isPod = kindOf(actor.id) === "pod";
    const pod = isPod ? objectOf(actor.id) : picture.podOf(actor.id);
    if (pod === undefined) continue;
    const one = found.get(pod) ?? { members: [] };
    found.set(pod, one);
    if (!isPod) one.members.push(actor);
    if (actor.name?.pod !== undefined) one.name ??= actor.name;
  }
  return [...found]
    .map(([id, collected]) => podFrom(id, collected))
    .toSorted(
      (one, other) =>
        moods.indexOf(other.mood) - moods.indexOf(one.mood) ||
        compared(one.namespace, other.namespace) ||
        compared(one.name, other.name),
    );
};

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
