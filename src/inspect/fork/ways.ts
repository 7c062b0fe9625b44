/** Where the parts of a pod went from a fork's place on: as it was recorded, and in the fork. */
import { podActorId } from "../../vocabulary/index.ts";
import type { PicturedActor } from "../picture.ts";
import type { FlightRecord } from "../record.ts";
import { transitionsIn } from "../transitions.ts";
import type { Fork } from "./fork.ts";

export interface Way {
  /** Its state is null where it was not there, or had crashed. */
  readonly part: PicturedActor;
  /** States in their order, and how it went: `(ended)`. */
  readonly recorded: readonly string[];
  readonly forked: readonly string[];
}

const wayIn = (records: readonly FlightRecord[], actor: string): readonly string[] => {
  const states =
    transitionsIn(records, new Set([actor]), Infinity)
      .get(actor)
      ?.map(({ to }) => to) ?? [];
  const end = records.findLast((record) => record.kind === "gone" && record.actor === actor);
  return [...states, ...(end?.kind === "gone" ? [`(${end.how})`] : [])];
};

/** Of those that there were, and those that came to be here or there. `recorded`: what the recording has behind the place. */
export const waysOf = (fork: Fork, recorded: readonly FlightRecord[]): readonly Way[] => {
  const pod = podActorId(fork.pod);
  const parts = new Map(fork.picture.pod(fork.pod).map((actor) => [actor.id, actor]));
  for (const record of [...recorded, ...fork.behind])
    if (record.kind === "key" && record.parent === pod && !parts.has(record.actor))
      parts.set(record.actor, { ...record, id: record.actor, state: null });
  parts.delete(pod);
  return [...parts.values()].map((part) => ({
    part,
    recorded: wayIn(recorded, part.id),
    forked: wayIn(fork.behind, part.id),
  }));
};
