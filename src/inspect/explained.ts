/** Explains out of a picture, as the daemon explains its live actors. */
import { explanationOf, isAtRest, longestOf, type Explanation } from "../machines/explanation.ts";
import { kindOf, objectOf } from "../vocabulary/index.ts";
import type { Picture, PicturedActor } from "./picture.ts";

export const isRestless = ({ id, state }: PicturedActor): boolean => state !== null && !isAtRest(kindOf(id), state);

/** Undefined where there is no such actor. */
export const explainedIn = (picture: Picture, actorId: string): Explanation | undefined => {
  const seen = picture.seen(actorId);
  return (
    seen &&
    explanationOf(seen, {
      callsOf: (id) => picture.callsOf(id),
      restless: (sandboxActorId, kind) => {
        const others = picture.pod(objectOf(sandboxActorId)).filter(({ id }) => kindOf(id) === kind);
        return longestOf(others.filter(isRestless).flatMap(({ id }) => picture.seen(id) ?? []));
      },
    })
  );
};

/** Who is not at rest. */
export const restlessIn = (picture: Picture): readonly string[] =>
  [...picture.actors.values()].filter(isRestless).map(({ id }) => id);
