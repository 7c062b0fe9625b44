/** What of a recording is about one pod: its actors, what those before them did about them, and calls to and by them. */
import { kindOf, objectOf } from "../vocabulary/index.ts";
import type { FlightRecord, Step } from "./record.ts";

/** A pod that a recording knows: one sandbox, and what people call it. */
export interface PodName {
  readonly id: string;
  readonly namespace?: string;
  readonly pod?: string;
}

/** Each sandbox, in the order in which they are met. */
export const podsIn = (records: readonly FlightRecord[]): readonly PodName[] => {
  const found = new Map<string, PodName>();
  for (const record of records) {
    if (record.kind !== "key" || kindOf(record.actor) !== "sandbox") continue;
    const id = objectOf(record.actor);
    const { namespace, pod } = record.name ?? {};
    if (pod !== undefined || !found.has(id))
      found.set(id, { id, ...(namespace !== undefined && { namespace }), ...(pod !== undefined && { pod }) });
  }
  return [...found.values()];
};

/** `default/web`, or the beginning of an id that has no name. */
export const titleOf = ({ id, namespace, pod }: PodName): string =>
  pod === undefined ? id.slice(0, 12) : `${namespace ?? ""}/${pod}`;

/** All of this name, of this name in its namespace, or whose id begins so. */
export const podsCalled = (pods: readonly PodName[], asked: string): readonly PodName[] =>
  pods.filter((one) => one.pod === asked || titleOf(one) === asked || one.id.startsWith(asked));

/** Numbers of calls begin anew with each daemon. */
const daemonsOf = (records: readonly FlightRecord[]): readonly number[] => {
  let daemon = 0;
  return records.map((record) => (record.kind === "opened" && record.begun ? ++daemon : daemon));
};

export const ofPods = (records: readonly FlightRecord[], pods: readonly PodName[]): readonly FlightRecord[] => {
  const actors = new Set(pods.map(({ id }) => `pod/${id}`));
  const ids = new Set(pods.map(({ id }) => id));
  for (const record of records)
    if (record.kind === "key" && record.parent !== undefined && actors.has(record.parent)) {
      actors.add(record.actor);
      ids.add(objectOf(record.actor));
    }
  const names = new Set(pods.map(titleOf));
  const isAbout = (about = ""): boolean => names.has(about) || ids.has(about) || ids.has(about.split("/", 1)[0] ?? "");
  const mentions = (text: string): boolean => [...ids].some((id) => text.includes(id));
  const daemons = daemonsOf(records);
  const kept = new Set<string>();
  records.forEach((record, at) => {
    const isOurs =
      (record.kind === "call" && actors.has(record.by)) ||
      (record.kind === "rpc" && isAbout(record.about)) ||
      (record.kind === "waits" && actors.has(record.actor));
    if (isOurs) kept.add(nameOf(record, daemons[at]));
  });
  return records.flatMap((record, at): readonly FlightRecord[] => {
    switch (record.kind) {
      case "opened":
      case "whole":
      case "stalled":
      case "lost":
        return [record];
      case "key":
      case "gone":
        return actors.has(record.actor) || mentions(record.actor) ? [record] : [];
      case "step":
        if (actors.has(record.actor) || mentions(record.actor)) return [record];
        return mentions(JSON.stringify(record.event)) ? [aboutThem(record)] : [];
      case "said":
        return mentions(record.text) ? [record] : [];
      case "read":
        return [];
      case "call":
      case "made":
      case "doing":
      case "ended":
      case "abandoned":
      case "rpc":
      case "waits":
      case "answer":
        return kept.has(nameOf(record, daemons[at])) ? [record] : [];
    }
  });
};

const OF_CLIENTS: ReadonlySet<string> = new Set(["rpc", "waits", "answer"]);

const nameOf = (record: FlightRecord, daemon = 0): string =>
  `${daemon} ${OF_CLIENTS.has(record.kind) ? "rpc" : "call"} ${"n" in record ? record.n : ""}`;

/** A supervisor's step: what it came to know of others is theirs. */
const aboutThem = ({ set: _, ...step }: Step & FlightRecord): FlightRecord => step;
