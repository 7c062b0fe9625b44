/**
 * Creating by name, for sandboxes and containers alike. The kubelet repeats a call whose deadline has passed:
 *
 *   the same configuration   joins the actor at work, whatever its caller has become
 *   another configuration    supersedes what was never started (undo, then anew)
 *   something that lives     AlreadyExists, naming both
 *   something on its way out keeps no name: its own actor goes on removing it
 */
import { AlreadyExists } from "../../errors.ts";
import type { Caller } from "../runtime.ts";
import type { System } from "../system.ts";

export interface Existing {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Phase as committed; null before the first commit. */
  readonly phase: string | null;
  /** It is being undone or removed. */
  readonly leaving: boolean;
}

export interface Creation<Id extends string> {
  /** `sandbox web of namespace default`, for messages. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly caller: Caller;
  existing(): Existing | undefined;
  actorId(id: string): string;
  /** Phases in which nothing was started yet, so that another configuration may take the place. */
  readonly replaceable: readonly string[];
  /** Makes the new object's actor and answers its id. */
  begin(): Id;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const create = <Id extends string>(system: System, creation: Creation<Id>): Promise<Id> => {
  const { what, bytes, caller } = creation;
  const existing = creation.existing();
  if (!existing || existing.leaving) {
    const id = creation.begin();
    return system.callers.attach(creation.actorId(id), 1, what, caller).then(() => id);
  }
  const { id, phase } = existing;
  const actor = creation.actorId(id);
  const pending = phase === null || phase === "creating";
  if (same(existing.bytes, bytes) && (pending || creation.replaceable.includes(phase)))
    return system.callers.attach(actor, 1, what, caller).then(() => id as Id);
  if (pending || creation.replaceable.includes(phase)) {
    const removal = system.command(actor, { type: "remove", at: system.door.now() }, what, caller);
    return removal.then(() => create(system, creation));
  }
  return Promise.reject(
    new AlreadyExists(
      `${what}: ${id} has this name and is ${phase}; remove it first, or ask with the next attempt number`,
    ),
  );
};
