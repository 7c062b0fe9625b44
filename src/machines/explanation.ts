/**
 * What an actor waits for, since when, until when, and what went wrong last: as data, out of its state, its context and the
 * calls that are open. The running daemon explains with it, and so does whoever has nothing but a recording of it.
 */
import type { Failure } from "../errors.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";
import { machineOf } from "./catalogue.ts";
import type { StateMeta, TimedFailure } from "./slot.ts";

/** An actor as others see it. */
export interface SeenActor {
  readonly id: string;
  /** The path of its state; null while it is being started again after a crash. */
  readonly state: string | null;
  /** Since when it is in that state, as far as that is known. */
  readonly since?: MonoMs;
  readonly context: {
    readonly trouble?: TimedFailure | null;
    readonly tries?: number;
    readonly deadline?: MonoMs | null;
    readonly failure?: Failure | null;
    readonly work?: { readonly since: MonoMs; readonly verb: string } | null;
    /** Of one that has no callers, the same. */
    readonly task?: { readonly since: MonoMs; readonly verb: string } | null;
  };
}

/** A driver call that has not ended. */
export interface SeenCall {
  readonly by: string;
  readonly driver: string;
  readonly verb: string;
  readonly since: MonoMs;
  /** False while an earlier call of the same actor is still under way. */
  readonly begun: boolean;
  readonly boundMs: number | null;
  /** Of a wait for a moment: which. */
  readonly at?: MonoMs;
  /** What it is at, as its driver last said, and since when. */
  readonly doing?: { readonly text: string; readonly at: MonoMs };
}

/** What there is besides the actor that is explained. */
export interface Surroundings {
  /** Open calls of this actor. */
  callsOf(actorId: string): readonly SeenCall[];
  /** Of those of this kind in the same pod that are not at rest: who has been where it is for longest. */
  restless(sandboxActorId: string, kind: string): SeenActor | undefined;
}

/** Of several who are not at rest: who has been where it is for longest. */
export const longestOf = (actors: readonly SeenActor[]): SeenActor | undefined =>
  actors.toSorted((one, other) => (one.since ?? 0) - (other.since ?? 0) || (one.id < other.id ? -1 : 1))[0];

/** What ends the wait at the latest: the client's patience, the call's own bound, or the next try. */
export interface Until {
  readonly what: "deadline" | "bound" | "next try";
  readonly at: MonoMs;
}

export interface Explanation {
  readonly actor: string;
  readonly state: string | null;
  /** Since when it is in that state. */
  readonly stateSince?: MonoMs;
  /** What it was asked to do, and has not done yet. */
  readonly work?: { readonly verb: string; readonly since: MonoMs };
  /** The slot or the event that it waits for; absent where it waits for nothing. */
  readonly waitsFor?: string;
  readonly since?: MonoMs;
  readonly call?: Pick<SeenCall, "driver" | "verb" | "begun" | "boundMs" | "doing">;
  readonly until?: Until;
  /** It lasts for as long as its client wants. */
  readonly clients?: true;
  /** What bounds the wait, in words, where it is no moment. */
  readonly bound?: string;
  /** The failure that is being undone. */
  readonly undoing?: Failure;
  readonly trouble?: TimedFailure;
  /** How often it was tried. */
  readonly tries?: number;
  /** An anchor of docs/stuck.md. */
  readonly help?: string;
  /** Who has to act first. */
  readonly other?: Explanation;
}

interface Node {
  readonly type: string;
  readonly states: Readonly<Record<string, Node>>;
  readonly meta?: unknown;
  readonly tags: readonly string[];
}

/** The states on the way to a path, outermost first; what is no state of the chart is left out. */
export const nodesOn = (kind: string, path: string): readonly Node[] => {
  let node = machineOf(kind)?.root as Node | undefined;
  const nodes: Node[] = node ? [node] : [];
  for (const name of path.split(".")) {
    node = node?.states[name];
    if (node) nodes.push(node);
  }
  return nodes;
};

/** What a state says of itself; undefined where nothing is awaited in it. */
export const metaOf = (kind: string, path: string): StateMeta | undefined =>
  nodesOn(kind, path).findLast(({ meta }) => meta !== undefined)?.meta as StateMeta | undefined;

/** Nothing is under way in this state. Supervisors are always at rest. */
export const isAtRest = (kind: string, path: string): boolean =>
  machineOf(kind) === undefined || nodesOn(kind, path).some(({ tags }) => tags.includes("settled"));

/** What a sandbox waits for is what another of its pod does. */
const ANSWERED_BY: Readonly<Record<string, string>> = {
  attached: "attachment",
  detached: "attachment",
  emptied: "container",
  cleared: "container",
};

const untilOf = (
  meta: StateMeta | undefined,
  call: SeenCall | undefined,
  { deadline }: SeenActor["context"],
): Until | undefined => {
  if (meta?.bound === "deadline" && deadline) return { what: "deadline", at: deadline };
  if (call?.at !== undefined) return { what: "next try", at: call.at };
  if (call?.boundMs && call.begun) return { what: "bound", at: call.since + call.boundMs };
  return undefined;
};

export const explanationOf = (actor: SeenActor, around: Surroundings): Explanation => {
  const { id, state, since: stateSince, context } = actor;
  if (state === null) return { actor: id, state };
  const { trouble, tries, failure } = context;
  const work = context.work ?? context.task;
  const meta = metaOf(kindOf(id), state);
  // A client before a container waits for a word of the same name.
  const answeredBy = kindOf(id) === "sandbox" ? ANSWERED_BY[meta?.waitsFor ?? ""] : undefined;
  const calls = around.callsOf(id);
  const call = answeredBy ? undefined : (calls.find(({ driver }) => driver !== "clock") ?? waitOf(meta, calls));
  const since = call && call.driver !== "clock" ? call.since : (work?.since ?? stateSince);
  const until = untilOf(meta, call, context);
  const other = answeredBy && around.restless(id, answeredBy);
  return {
    actor: id,
    state,
    ...(stateSince !== undefined && { stateSince }),
    ...(work && { work }),
    ...(meta && { waitsFor: meta.waitsFor, help: meta.help }),
    ...(since !== undefined && { since }),
    ...(call && { call: madeOf(call) }),
    ...(until && { until }),
    ...(meta?.clients && { clients: true }),
    ...(meta && !until && { bound: meta.bound }),
    ...(failure && work?.verb === "create" && { undoing: failure }),
    ...(trouble && { trouble }),
    ...(tries && { tries }),
    ...(other && { other: explanationOf(other, { ...around, restless: () => undefined }) }),
  };
};

const madeOf = ({ driver, verb, begun, boundMs, doing }: SeenCall): NonNullable<Explanation["call"]> => ({
  driver,
  verb,
  begun,
  boundMs,
  ...(doing && { doing }),
});

/** Of the moments that an actor waits for only the next try is told: a deadline stands in its context. */
const waitOf = (meta: StateMeta | undefined, calls: readonly SeenCall[]): SeenCall | undefined =>
  meta?.waitsFor === "until" ? calls.find(({ driver }) => driver === "clock") : undefined;
