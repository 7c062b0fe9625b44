/** What goes wrong in the very moment in which a client with streams leaves, or sends no more: little is to be done then, and quickly. */
import type { Scene } from "./scene.ts";

/** Of the events that follow at once. */
const MOST_EVENTS = 3;
const FATES = [3, 4] as const;

/** Somebody throws or, where it `mayDie`, the daemon dies in its next step; false: nobody is here. */
export const farewell = ({ befall, choices, client, node, stage }: Scene, mayDie: boolean): boolean => {
  const open = client.sessions.open();
  if (open.length === 0) return false;
  const session = choices.pick(open);
  befall("something goes wrong as a client leaves");
  if (mayDie && choices.chance(400)) node.ambush = { left: 0, fate: choices.pick(FATES) };
  else stage.armed = choices.below(MOST_EVENTS);
  return (choices.chance(300) && client.sessions.endInput(session)) || client.sessions.leave(session);
};
