/** The node of a recording, at the moment of its last record, as a scene. */
import type { Exit, MonoMs } from "../vocabulary/index.ts";
import { explainedIn, isRestless } from "./explained.ts";
import type { Picture, PicturedActor, PicturedRpc } from "./picture.ts";
import type { Scene, SceneActor, SceneCaller } from "./scene.ts";

const actorIn = (picture: Picture, actor: PicturedActor): SceneActor => {
  const { id, parent, name, incarnation, state, since, context, crashed, quarantined } = actor;
  const exit = context["exit"] as Exit | null | undefined;
  const explanation = isRestless(actor) ? explainedIn(picture, id) : undefined;
  return {
    id,
    ...(parent !== undefined && { parent }),
    ...(name && { name }),
    incarnation,
    state,
    since,
    ...(explanation && { explanation }),
    ...(crashed !== undefined && { crashed }),
    ...(quarantined !== undefined && { quarantined }),
    ...(exit && { exit }),
  };
};

const callerIn = ({ method, about, agent, since, deadline, wall, actor }: PicturedRpc): SceneCaller => ({
  method,
  ...(about !== undefined && { about }),
  ...(agent !== undefined && { agent }),
  since,
  ...(deadline !== undefined && { until: since + (deadline - wall) }),
  ...(actor !== undefined && { actor }),
});

/** `mono`: the moment at which it is looked at, which may be long after the last record. */
export const picturedScene = (picture: Picture, mono: MonoMs = picture.mono): Scene => ({
  mono,
  wall: picture.wall + (mono - picture.mono),
  ...(picture.daemon && { daemon: { version: picture.daemon.version, pid: picture.daemon.pid } }),
  actors: [...picture.actors.values()].map((actor) => actorIn(picture, actor)),
  callers: [...picture.rpcs.values()].map(callerIn),
  refused: picture.refusals.list(),
});
