/** The part of a scene that somebody asks about; the daemon and whoever has only its recording choose alike. */
import { isRestless, sceneOf, type Scene } from "./scene.ts";
import { subjectIn } from "./subjects.ts";

/** All of one thing; without one, all that is not at rest. Throws Invalid where it is not clear what is meant. */
export const askedScene = (scene: Scene, asked: string | undefined): Scene =>
  sceneOf(scene, asked === undefined ? scene.actors.filter(isRestless) : subjectIn(scene.actors, asked).actors);
