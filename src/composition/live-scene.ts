/** The node as the running daemon sees it, as a scene: nothing is kept for it, and nothing is waited for. */
import type { Name } from "../inspect/record.ts";
import type { Refusal } from "../inspect/refusals.ts";
import type { Scene, SceneActor, SceneCaller } from "../inspect/scene.ts";
import type { System } from "../supervisors/system.ts";
import type { Exit } from "../vocabulary/index.ts";
import { version } from "../version.ts";

export interface LiveSceneOptions {
  readonly system: System;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly nameOf: (actorId: string) => Name | undefined;
  readonly incarnationOf: (actorId: string) => number | undefined;
  readonly callers: () => readonly SceneCaller[];
  readonly refused: () => readonly Refusal[];
}

type Ref = ReturnType<System["actors"]>[number];
interface Snapshot {
  readonly status: string;
  readonly error?: unknown;
  readonly context?: { readonly exit?: Exit | null };
}

const actorIn = ({ system, nameOf, incarnationOf }: LiveSceneOptions, ref: Ref, restless: boolean): SceneActor => {
  const { id } = ref;
  const { status, error, context } = ref.getSnapshot() as Snapshot;
  const [name, since, quarantined] = [nameOf(id), system.since(id), system.whyQuarantined(id)];
  const incarnation = incarnationOf(id);
  const explanation = restless ? system.explainer.explain(id) : undefined;
  return {
    id,
    ...(ref._parent && { parent: ref._parent.id }),
    ...(name && { name }),
    ...(incarnation !== undefined && { incarnation }),
    state: system.stateOf(id) ?? null,
    ...(since !== undefined && { since }),
    ...(explanation && { explanation }),
    ...(status === "error" && { crashed: error instanceof Error ? error.message : String(error) }),
    ...(quarantined !== undefined && { quarantined }),
    ...(context?.exit && { exit: context.exit }),
  };
};

export const liveScene = (options: LiveSceneOptions): Scene => {
  const { system, wallMs, callers, refused } = options;
  const restless = new Set(system.explainer.restless());
  return {
    mono: system.door.now(),
    wall: wallMs(),
    daemon: { version, pid: process.pid },
    actors: system.actors().map((ref) => actorIn(options, ref, restless.has(ref.id))),
    callers: callers(),
    refused: refused(),
  };
};
