/** What an actor is waiting for, since when and until when, in one sentence that `kubectl describe pod` can show. */
import type { AnyActorRef } from "xstate";
import type { StateMeta, TimedFailure } from "../machines/slot.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { OpenCall } from "./door.ts";

interface Snapshot {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: {
    readonly trouble?: TimedFailure | null;
    readonly deadline?: MonoMs | null;
    readonly work?: { since: MonoMs } | null;
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

export const explain = (ref: AnyActorRef, open: readonly OpenCall[], now: MonoMs): string => {
  const { status, value, context, getMeta } = ref.getSnapshot() as Snapshot;
  if (status !== "active") return `${ref.id} is being started again after a crash`;
  const snapshot = ref.getSnapshot() as Snapshot;
  const meta = getMeta && Object.values(snapshot.getMeta?.() ?? {}).find((one) => one !== undefined);
  const call = open.find(({ call: { id, driver } }) => ref.id.endsWith(id) && driver !== "clock");
  const since = call?.since ?? context?.work?.since;
  const parts = [`${ref.id} is ${pathOf(value)}`];
  if (meta)
    parts.push(
      `it waits for ${meta.waitsFor}${call && !call.begun ? " (behind an earlier call about the same object)" : ""}`,
    );
  if (since !== undefined) parts.push(`since ${seconds(now - since)}`);
  if (meta?.bound === "deadline" && context?.deadline)
    parts.push(`for ${seconds(Math.max(0, context.deadline - now))} more`);
  else if (call?.call.boundMs) parts.push(`for at most ${seconds(call.call.boundMs)}`);
  if (context?.trouble) parts.push(`last trouble: ${context.trouble.text}`);
  return parts.join(", ");
};
