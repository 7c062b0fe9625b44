/** Who waits for whom: clients' calls for actors, actors for other actors and for what their drivers do. */
import type { Explanation } from "../machines/explanation.ts";
import type { Scene, SceneCaller } from "./scene.ts";
import { labelOf } from "./subjects.ts";

export interface Waiter {
  /** What is one and the same has the same. */
  readonly key: string;
  readonly caller?: SceneCaller;
  readonly actor?: Explanation & { readonly label: string };
  /** A driver call or an event, which nobody in the daemon does. */
  readonly outside?: string;
}

export interface Wait {
  readonly waiter: Waiter;
  readonly awaited: Waiter;
}

const outsideOf = ({ actor, call, waitsFor = "?" }: Explanation): Waiter => {
  const outside = call && call.driver !== "clock" ? `${call.driver}.${call.verb}` : waitsFor;
  return { key: `${actor} ${outside}`, outside };
};

/** Every one that waits, with what it waits for; in the order of the scene. */
export const waitsIn = ({ actors, callers }: Scene): readonly Wait[] => {
  const explained = new Map(
    actors.flatMap((actor) =>
      actor.explanation
        ? [[actor.id, { key: actor.id, actor: { ...actor.explanation, label: labelOf(actor) } }] as const]
        : [],
    ),
  );
  const asked = callers.flatMap((caller, n) => {
    const awaited = explained.get(caller.actor ?? "");
    return awaited ? [{ waiter: { key: `call ${n}`, caller }, awaited }] : [];
  });
  const others = [...explained.values()].map((waiter) => {
    const other = explained.get(waiter.actor.other?.actor ?? "");
    return { waiter, awaited: other ?? outsideOf(waiter.actor) };
  });
  return [...asked, ...others];
};
