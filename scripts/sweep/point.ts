/** One point of a sweep: at which step of what the daemon dies, and how that is told and had again. */

/**
 * `life`: in the midst of a pod's life. `start`: in the midst of a start that finds a pod. `power`: in the midst of a life, at a
 * step on the disk, and everything that was not synced is lost with all that runs.
 */
export const SCENES = ["life", "start", "power"] as const;
export type Scene = (typeof SCENES)[number];
export type Side = "before" | "after";

export interface Point {
  readonly scene: Scene;
  /** Which step, counted from 1. */
  readonly at: number;
  readonly side: Side;
}

export interface Swept {
  /** The step, as "CALL PATH"; absent: there are not so many. */
  readonly step?: string;
  readonly findings: readonly string[];
}

export const tellPoint = ({ scene, at, side }: Point): string => `${scene} ${side} step ${at}`;

export const repeat = ({ scene, at, side }: Point): string => `npm run sweep -- --scene ${scene} --at ${at} --side ${side}`;
