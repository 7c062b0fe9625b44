/**
 * The node at one moment, as whoever explains it sees it: told by the daemon, or made of what it has recorded. Plain JSON, so
 * that the commands and the inspect socket have one form of it.
 */
import type { Explanation } from "../machines/explanation.ts";
import type { HowItEnded, MonoMs } from "../vocabulary/index.ts";
import type { Name } from "./record.ts";
import { refusedOf, type Refusal } from "./refusals.ts";

export interface SceneActor {
  readonly id: string;
  readonly parent?: string;
  readonly name?: Name;
  /** How often one of this id has begun in this daemon. */
  readonly incarnation?: number;
  /** Null: it has crashed. */
  readonly state: string | null;
  readonly since?: MonoMs;
  /** Of one that is not at rest. */
  readonly explanation?: Explanation;
  /** What it crashed of, while it has not begun again. */
  readonly crashed?: string;
  /** Why it does not begin again by itself. */
  readonly quarantined?: string;
  /** How its process ended. */
  readonly exit?: HowItEnded & { readonly oomKilled?: boolean };
}

/** A client's call under way. */
export interface SceneCaller {
  readonly method: string;
  readonly about?: string;
  readonly agent?: string;
  readonly since: MonoMs;
  /** When its client gives up, on the clock of this boot: the wall's may have been set meanwhile. */
  readonly until?: MonoMs;
  /** Whom it waits for. */
  readonly actor?: string;
}

export interface Scene {
  readonly mono: MonoMs;
  /** Milliseconds since 1970. */
  readonly wall: number;
  readonly daemon?: { readonly version: string; readonly pid: number };
  readonly actors: readonly SceneActor[];
  readonly callers: readonly SceneCaller[];
  /** Calls that were refused or failed, oldest first. */
  readonly refused: readonly Refusal[];
}

/** Something is under way in it, or it needs somebody. */
export const isRestless = ({ explanation, crashed, quarantined }: SceneActor): boolean =>
  explanation !== undefined || crashed !== undefined || quarantined !== undefined;

/** Those actors alone, with the calls that wait for them. */
export const sceneOf = (scene: Scene, actors: readonly SceneActor[]): Scene => {
  const ids = new Set(actors.map(({ id }) => id));
  const refused = refusedOf(scene.refused, actors);
  return {
    ...scene,
    actors,
    refused,
    callers: scene.callers.filter(({ actor }) => actor !== undefined && ids.has(actor)),
  };
};
