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
const isPart = ({ id }: Known): boolean => IN_POD.has(kindOf(id));

/** By which it is found whole: parts of a pod are that pod, with its namespace or without. */
const namesOf = (actor: Known): readonly string[] => {
  const { pod, container } = actor.name ?? {};
  if (pod === undefined) return [labelOf(actor)];
  const short = container === undefined || isPart(actor) ? pod : `${pod}/${container}`;
  return [labelOf(actor), short];
};

/** To people pods that follow each other under one name are one. */
const subjectOf = (actor: Known): string =>
  isPart(actor) && !actor.name ? `pod/${objectOf(actor.id)}` : labelOf(actor);

/** Of a pod all that is in it, of its attempts together. */
const wholeOf = <Actor extends Known>(actors: readonly Actor[], found: readonly Actor[]): readonly Actor[] => {
  if (!found.some(isPart)) return found;
  const pods = new Set(found.flatMap((part) => podOf(part) ?? []));
  return actors.filter((actor) => pods.has(podOf(actor) ?? ""));
};

/** The pod that an actor is in, whole; of one in no pod itself. None where it is not there any more. */
export const wholePodOf = <Actor extends Known>(actors: readonly Actor[], id: string): readonly Actor[] => {
  const one = actors.find((actor) => actor.id === id);
  const pod = one && podOf(one);
  return actors.filter((actor) => actor === one || (pod !== undefined && podOf(actor) === pod));
};

const MOST_LISTED = 8;

const listed = (subjects: ReadonlyMap<string, readonly Known[]>): string => {
  const shown = [...subjects].slice(0, MOST_LISTED);
  const texts = shown.map(([label, [one]]) => `${label} (${shortId(objectOf(one?.id ?? ""))})`);
  const more = subjects.size - shown.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(", ");
};

/** Who is meant at first sight, and who may be, the surer way first. */
const waysTo = (asked: string): readonly ((actor: Known) => boolean)[] => [
  ({ id }) => id === asked,
  (actor) => objectOf(actor.id) === asked || namesOf(actor).includes(asked),
  ({ id }) => objectOf(id).startsWith(asked),
  (actor) => isPart(actor) && namesOf(actor).some((name) => name.startsWith(asked)),
  (actor) => namesOf(actor).some((name) => name.startsWith(asked)),
];

/**
 * The one that is meant: found by its whole name, else by the beginning of an id, else by that of a name. Throws Invalid where
 * several are, naming them, and where none is, naming what is nearest.
 */
export const subjectIn = <Actor extends Known>(actors: readonly Actor[], asked: string): Subject<Actor> => {
  const ways = asked === "" ? [] : waysTo(asked);
  for (const [n, way] of ways.entries()) {
    const found = actors.filter(way);
    if (found.length === 0) continue;
    const subjects = Map.groupBy(found, subjectOf);
    const [[label, some] = ["", []]] = subjects;
    if (subjects.size > 1) throw new Invalid(`${quoted(asked)} may be any of ${subjects.size}: ${listed(subjects)}`);
    // Who names one part wants that part.
    return { label, actors: n === 0 ? some : wholeOf(actors, some) };
  }
  const near = nearest(asked, actors.flatMap(namesOf));
  const instead = near.length > 0 ? `; the nearest are ${near.join(", ")}` : "";
  throw new Invalid(`there is no pod, container or other thing ${quoted(asked)} here${instead}`);
};
