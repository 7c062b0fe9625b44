/** One point of a sweep: at which step of what the daemon dies, and how that is told and had again. */
import { canRefuse } from "./ptrace.ts";
import type { Deed as TracedDeed } from "./traced.ts";

/**
 * `life`: in the midst of a pod's life. `start`: in the midst of a start that finds a pod. `power`: in the midst of a life, at a
 * step on the disk, and everything that was not synced is lost with all that runs. `fault`, `monitor`: the kernel refuses one
 * step of the daemon's, or of the monitor's, in a pod's life.
 */
export const SCENES = ["life", "start", "power", "fault", "monitor"] as const;
export type Scene = (typeof SCENES)[number];
export type Deed = TracedDeed["what"];

const KILLS: readonly Deed[] = ["kill before", "kill after"];
const REFUSALS: readonly Deed[] = ["EIO", "ENOSPC"];
export const deedsOf = (scene: Scene): readonly Deed[] => (scene === "fault" || scene === "monitor" ? REFUSALS : KILLS);

/** Not on every kind of machine can a call be refused. */
export const canBe = (scene: Scene): boolean => canRefuse || deedsOf(scene) === KILLS;

export interface Point {
  readonly scene: Scene;
  /** Which step, counted from 1. */
  readonly at: number;
  readonly deed: Deed;
}

export interface Swept {
  /** The step, as "CALL PATH"; absent: there are not so many. */
  readonly step?: string;
  readonly findings: readonly string[];
}

export const tellPoint = ({ scene, at, deed }: Point): string => `${scene}: ${deed} at step ${at}`;

export const repeat = ({ scene, at, deed }: Point): string =>
  `npm run sweep -- --scene ${scene} --at ${at} --deed "${deed}"`;
