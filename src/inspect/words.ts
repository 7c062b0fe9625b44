/** Durations, moments and names as people read them. */
import { kindOf, objectOf, sandboxActorId, shortId, type MonoMs } from "../vocabulary/index.ts";
import type { Picture, PicturedActor } from "./picture.ts";
import type { Name } from "./record.ts";

const two = (number: number): string => String(number).padStart(2, "0");

/** `420 ms`, `3.2 s`, `1 m 05 s`, `2 h 03 m`, `3 d 04 h`: two figures that matter, and of one width while it counts. */
export const lasting = (ms: number): string => {
  const abs = Math.max(0, ms);
  if (abs < 1000) return `${Math.round(abs)} ms`;
  if (abs < 60_000) return `${(Math.floor(abs / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(abs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  return `${Math.floor(minutes / 1440)} d ${two(Math.floor(minutes / 60) % 24)} h`;
};

/** How far off a moment is: `in 12.0 s`, or `3.1 s ago`. */
export const until = (at: MonoMs, now: MonoMs): string =>
  at >= now ? `in ${lasting(at - now)}` : `${lasting(now - at)} ago`;

/** `13:07:22.041`, on the clock of whoever reads. */
export const clockTime = (wallMs: number): string => {
  const at = new Date(wallMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
};

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

const podWords = ({ namespace, pod }: Name): string => (namespace === undefined ? (pod ?? "") : `${namespace}/${pod}`);

/** A pod by its name; by its id where the name is not recorded. */
export const podName = (picture: Picture, sandboxId: string): string => {
  const named =
    picture.actors.get(sandboxActorId(sandboxId))?.name ??
    picture.pod(sandboxId).find(({ name }) => name?.pod !== undefined)?.name;
  return named ? podWords(named) : `pod ${shortId(sandboxId)}`;
};

/** What an actor is within its pod, or on its node: `app`, `sandbox`, `image-pull docker.io/…`. */
export const partName = ({ id, name }: PicturedActor): string => {
  if (kindOf(id) === "container" && name?.container !== undefined) return name.container;
  if (name?.image !== undefined) return `pull of ${name.image}`;
  if (!id.includes("/")) return id;
  return kindOf(id) === "sandbox" || kindOf(id) === "attachment" || kindOf(id) === "pod"
    ? kindOf(id)
    : `${kindOf(id)} ${shortId(objectOf(id))}`;
};

/** An actor by all that people call it. */
export const actorName = (picture: Picture, actor: PicturedActor): string => {
  const pod = kindOf(actor.id) === "pod" ? objectOf(actor.id) : picture.podOf(actor.id);
  return pod === undefined ? partName(actor) : `${podName(picture, pod)} · ${partName(actor)}`;
};
