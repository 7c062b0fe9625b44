/** What of events and contexts is recorded: all of it, for they hold nothing but what decides. */
import { toFailure } from "../errors.ts";
import { machineOf } from "../machines/catalogue.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";

export type Context = Readonly<Record<string, unknown>>;

/** Whole microseconds. */
export const rounded = (ms: MonoMs): MonoMs => Math.round(ms * 1000) / 1000;

/** A supervisor's children are told by their own births and ends: its list of them would grow with the node. */
export const kept = (actor: string, context: object): Context => {
  if (machineOf(kindOf(actor))) return context as Context;
  const { state, crashes, quarantined } = context as Context;
  return { state, crashes, quarantined };
};

/** By reference: contexts are never changed, only made anew. */
export const changedIn = (before: Context, after: Context): Context | undefined => {
  if (before === after) return undefined;
  let changed: Record<string, unknown> | undefined;
  for (const field of Object.keys(after))
    if (before[field] !== after[field]) (changed ??= {})[field] = after[field] ?? null;
  return changed;
};

/** What an actor died of is an error, and no data. */
export const told = (event: { readonly type: string; readonly error?: unknown }): { readonly type: string } => {
  if (!(event.error instanceof Error)) return event;
  const { error, ...rest } = event;
  return { ...rest, failure: toFailure(error) } as { readonly type: string };
};
