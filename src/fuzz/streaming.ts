/** What clients with streams find in a schedule: which containers take input, and what becomes of commands that they leave. */
import type { Choices } from "./choices.ts";

/** A container takes no input, takes it for good or until its first client's end, or has a terminal. */
const INPUTS = ["none", "stdin", "once", "tty"] as const;
export type InputShape = (typeof INPUTS)[number];

export interface Streaming {
  /** By a container's name. */
  readonly inputs: Readonly<Record<string, InputShape>>;
  /** A command without a terminal is killed when its client goes. */
  readonly killsAbandoned: boolean;
  /** This step fails far more often, where nothing else does. */
  readonly sick: string | undefined;
}

const SICKLY = ["streams.hangUp", "streams.remove", "streams.open"] as const;

/** How many schedules of a thousand have clients with streams. */
const STREAMING = 500;

/** Absent: nobody streams. */
export const drawStreaming = (choices: Choices): Streaming | undefined => {
  if (!choices.chance(STREAMING)) return undefined;
  const inputs = { a: choices.pick(INPUTS), b: choices.pick(INPUTS), c: choices.pick(INPUTS) };
  const killsAbandoned = choices.chance(300);
  return { inputs, killsAbandoned, sick: choices.chance(300) ? choices.pick(SICKLY) : undefined };
};
