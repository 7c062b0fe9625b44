/** The part of a scene that somebody asks about; the daemon and whoever has only its recording choose alike. */
import { refusedFor } from "./refusals.ts";
import { isRestless, sceneOf, type Scene } from "./scene.ts";
import { subjectIn } from "./subjects.ts";

/** All of one thing; without one, all that is not at rest. Throws Invalid where it is not clear what is meant. */
export const askedScene = (scene: Scene, asked: string | undefined): Scene => {
  if (asked === undefined) return sceneOf(scene, scene.actors.filter(isRestless));
  try {
    return sceneOf(scene, subjectIn(scene.actors, asked).actors);
  } catch (error) {
    const refused = refusedFor(scene.refused, asked);
    if (refused.length === 0) throw error;
    return { ...scene, actors: [], callers: [], refused };
  }
};
