/** What an actor is waiting for, since when and until when, in one sentence that `kubectl describe pod` can show. */
import type { AnyActorRef } from "xstate";
import type { Failure } from "../errors.ts";
import type { StateMeta, TimedFailure } from "../machines/slot.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { OpenCall } from "./door.ts";
import { kindOf } from "./names.ts";

interface Snapshot {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: {
    readonly trouble?: TimedFailure | null;
    readonly deadline?: MonoMs | null;
    readonly failure?: Failure | null;
    readonly work?: { readonly since: MonoMs; readonly verb: string } | null;
  };
  getMeta?(): Record<string, StateMeta | undefined>;
}

/** A state value as a path: `stopping.waiting`. */
export const pathOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([state, inner]) => (pathOf(inner) ? `${state}.${pathOf(inner)}` : state))
    .join("|");
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What a sandbox waits for is what another of its pod does. */
const ANSWERED_BY: Readonly<Record<string, string>> = {
  attached: "attachment",
  detached: "attachment",
  emptied: "container",
  cleared: "container",
};

/** `restless`: the actors of this kind in the same pod that are not at rest. */
export const explain = (
  ref: AnyActorRef,
  open: readonly OpenCall[],
  now: MonoMs,
  restless: (kind: string) => readonly AnyActorRef[],
): string => {
  const { status, value, context, getMeta } = ref.getSnapshot() as Snapshot;
  if (status !== "active") return `${ref.id} is being started again after a crash`;
  const snapshot = ref.getSnapshot() as Snapshot;
  const meta = getMeta && Object.values(snapshot.getMeta?.() ?? {}).find((one) => one !== undefined);
  // A client before a container waits for a word of the same name.
  const answeredBy = kindOf(ref.id) === "sandbox" ? ANSWERED_BY[meta?.waitsFor ?? ""] : undefined;
  const own = ({ call: { by, driver } }: OpenCall): boolean => by === ref.id && driver !== "clock";
  const call = answeredBy ? undefined : open.find(own);
  const since = call?.since ?? context?.work?.since;
  const parts = [`${ref.id} is ${pathOf(value)}`];
  if (meta) {
    const behind = call && !call.begun ? ", behind an earlier call of the same actor" : "";
    parts.push(`it waits for ${meta.waitsFor}${call ? ` (${call.call.driver}.${call.call.verb}${behind})` : ""}`);
  }
  if (since !== undefined) parts.push(`since ${seconds(now - since)}`);
  if (meta?.bound === "deadline" && context?.deadline)
    parts.push(`for ${seconds(Math.max(0, context.deadline - now))} more`);
  else if (call?.call.boundMs) parts.push(`for at most ${seconds(call.call.boundMs)}`);
  if (context?.failure && context.work?.verb === "create") parts.push(`undoing it after: ${context.failure.text}`);
  if (context?.trouble) parts.push(`last trouble: ${context.trouble.text}`);
  const [other] = answeredBy ? restless(answeredBy) : [];
  return [parts.join(", "), ...(other ? [explain(other, open, now, () => [])] : [])].join("; ");
};
