/** What people ask about, by what they call it: a pod or a container by its name, anything by its id or the beginning of it. */
import { Invalid, quoted } from "../errors.ts";
import { kindOf, objectOf, shortId } from "../vocabulary/index.ts";
import { nearest } from "./nearest.ts";
import type { Name } from "./record.ts";

/** An actor as far as it is found by. */
export interface Known {
  readonly id: string;
  readonly parent?: string;
  readonly name?: Name;
}

export interface Subject<Actor extends Known = Known> {
  /** `namespace/pod`, `namespace/pod/container`, or an actor's id. */
  readonly label: string;
  /** Of a pod all that are in it, its attempts together. */
  readonly actors: readonly Actor[];
}

interface Nameable<Actor extends Known> extends Subject<Actor> {
  /** By which it is found whole. */
  readonly names: readonly string[];
  readonly ids: readonly string[];
}

/** `namespace/pod/container`, as far as there are names; else the actor's id, shortened. */
export const labelOf = ({ id, name }: Known): string => {
  if (name?.pod !== undefined) return [name.namespace, name.pod, name.container].filter(Boolean).join("/");
  if (name?.container !== undefined) return name.container;
  if (name?.image !== undefined) return name.image;
  return id.includes("/") ? `${kindOf(id)}/${shortId(objectOf(id))}` : id;
};

/** The id of the sandbox whose pod an actor is in. */
export const podOf = ({ id, parent }: Known): string | undefined => {
  if (kindOf(id) === "pod") return objectOf(id);
  return parent !== undefined && kindOf(parent) === "pod" ? objectOf(parent) : undefined;
};

/** `namespace/pod` by the sandbox's id. */
export const podLabels = (actors: readonly Known[]): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>();
  for (const actor of actors) {
    const { name } = actor;
    const pod = podOf(actor);
    if (pod !== undefined && name?.pod !== undefined) labels.set(pod, [name.namespace, name.pod].join("/"));
  }
  return labels;
};

const IN_POD = new Set(["pod", "sandbox", "attachment"]);

/** Pods, each with all that are in it. To people those that follow each other under one name are one. */
const podsOf = <Actor extends Known>(actors: readonly Actor[]): readonly Nameable<Actor>[] => {
  const labels = podLabels(actors);
  const pods = Map.groupBy(
    actors.filter((actor) => podOf(actor) !== undefined),
    (actor) => labels.get(podOf(actor) ?? "") ?? `pod/${shortId(podOf(actor) ?? "")}`,
  );
  return [...pods].map(([label, members]) => ({
    label,
    actors: members,
    names: [label, label.slice(label.indexOf("/") + 1)],
    ids: [...new Set(members.flatMap((member) => podOf(member) ?? []))],
  }));
};

/** A container is found by its pod's name without the namespace, too. */
const namesOf = (actor: Known): readonly string[] => {
  const { pod, container } = actor.name ?? {};
  const label = labelOf(actor);
  return pod === undefined || container === undefined ? [label] : [label, `${pod}/${container}`];
};

/** All but the parts of a pod that have the pod's own id. */
const othersOf = <Actor extends Known>(actors: readonly Actor[]): readonly Nameable<Actor>[] =>
  actors
    .filter(({ id }) => !IN_POD.has(kindOf(id)))
    .map((actor) => ({
      label: labelOf(actor),
      actors: [actor],
      names: [...namesOf(actor), actor.id],
      ids: [objectOf(actor.id)],
    }));

const MOST_LISTED = 8;

const listed = (subjects: readonly Nameable<Known>[]): string => {
  const shown = subjects.slice(0, MOST_LISTED).map(({ label, ids: [id = ""] }) => `${label} (${shortId(id)})`);
  const more = subjects.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
};

/**
 * The one that is meant: found by its whole name, else by the beginning of an id, else by that of a name. Throws Invalid where
 * several are, naming them, and where none is, naming what is nearest.
 */
export const subjectIn = <Actor extends Known>(actors: readonly Actor[], asked: string): Subject<Actor> => {
  const part = actors.find(({ id }) => id === asked);
  if (part) return { label: labelOf(part), actors: [part] };
  const [pods, others] = [podsOf(actors), othersOf(actors)];
  const all = [...pods, ...others];
  const begun = (some: readonly Nameable<Actor>[]): readonly Nameable<Actor>[] =>
    some.filter(({ names }) => names.some((name) => name.startsWith(asked)));
  const found = [
    all.filter(({ names, ids }) => names.includes(asked) || ids.includes(asked)),
    all.filter(({ ids }) => ids.some((id) => id.startsWith(asked))),
    begun(pods),
    begun(others),
  ].find((some) => asked !== "" && some.length > 0);
  const [one, ...more] = found ?? [];
  if (one && more.length === 0) return one;
  if (found) throw new Invalid(`${quoted(asked)} may be any of ${found.length}: ${listed(found)}`);
  const near = nearest(
    asked,
    all.flatMap(({ names }) => names),
  );
  const instead = near.length > 0 ? `; the nearest are ${near.join(", ")}` : "";
  throw new Invalid(`there is no pod, container or other thing ${quoted(asked)} here${instead}`);
};
