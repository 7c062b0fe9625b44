/** The node as the running daemon sees it, as a scene: nothing is kept for it, and nothing is waited for. */
import type { Name } from "../inspect/record.ts";
import type { Recorder } from "../inspect/recorder.ts";
import type { Scene, SceneActor } from "../inspect/scene.ts";
import type { System } from "../supervisors/system.ts";
import type { Exit } from "../vocabulary/index.ts";
import { version } from "../version.ts";
import type { CallsClock, CallsUnderWay } from "./calls-under-way.ts";

export interface LiveSceneOptions {
  readonly system: System;
  readonly nameOf: (actorId: string) => Name | undefined;
  readonly recorder: Pick<Recorder, "incarnationOf">;
  readonly underWay: Pick<CallsUnderWay, "list" | "refused">;
  readonly clock: Pick<CallsClock, "wallMs">;
}

type Ref = ReturnType<System["actors"]>[number];
interface Snapshot {
  readonly status: string;
  readonly error?: unknown;
  readonly context?: { readonly exit?: Exit | null };
}

const actorIn = ({ system, nameOf, recorder }: LiveSceneOptions, ref: Ref): SceneActor => {
  const { id } = ref;
  const { status, error, context } = ref.getSnapshot() as Snapshot;
  const [name, since, quarantined] = [nameOf(id), system.since(id), system.whyQuarantined(id)];
  const incarnation = recorder.incarnationOf(id);
  return {
    id,
    ...(ref._parent && { parent: ref._parent.id }),
    ...(name && { name }),
    ...(incarnation !== undefined && { incarnation }),
    state: system.stateOf(id) ?? null,
    ...(since !== undefined && { since }),
    ...(status === "error" && { crashed: error instanceof Error ? error.message : String(error) }),
    ...(quarantined !== undefined && { quarantined }),
    ...(context?.exit && { exit: context.exit }),
  };
};

/** The same, explained when that is asked for: of a thousand actors often one is wanted. */
const explained = (actor: SceneActor, explain: () => SceneActor["explanation"]): SceneActor => {
  let explanation: SceneActor["explanation"];
  return Object.defineProperty(actor, "explanation", {
    enumerable: true,
    get: () => (explanation ??= explain()),
  });
};

export const liveScene = (options: LiveSceneOptions): Scene => {
  const { system, clock, underWay } = options;
  const restless = new Set(system.explainer.restless());
  return {
    mono: system.door.now(),
    wall: clock.wallMs(),
    daemon: { version, pid: process.pid },
    actors: system.actors().map((ref) => {
      const actor = actorIn(options, ref);
      return restless.has(ref.id) ? explained(actor, () => system.explainer.explain(ref.id)) : actor;
    }),
    callers: underWay.list(),
    refused: underWay.refused(),
  };
};
