/** What pages draw: a node at one moment, and what led there. Live and in the player it is the same. */
import type { MonoMs } from "../../vocabulary/index.ts";
import { Explaining, healthOf, type Health } from "../health.ts";
import { Picture } from "../picture.ts";
import type { Coverage, PageStall } from "../page-message.ts";
import type { FlightRecord } from "../record.ts";
import type { Tally } from "../tally.ts";

export interface Scene {
  readonly picture: Picture;
  /** Before the first of the records. */
  readonly base: Picture;
  readonly records: readonly FlightRecord[];
  readonly tally: Tally;
  readonly now: MonoMs;
  readonly host: string;
  /** False: nobody is there any more whose node this is. */
  readonly alive: boolean;
  /** The daemon's loop stands still at this moment. */
  readonly stall?: PageStall;
  readonly coverage?: Coverage;
  /** Asks for another try of what is in quarantine; a text instead says why that cannot be asked. */
  readonly retry: ((actor: string) => Promise<string>) | string;
}

/** The wall clock's milliseconds at a moment of the monotonic clock, as the last record has both. */
export const wallAt = ({ picture }: Scene, mono: MonoMs): number => picture.wall + (mono - picture.mono);

const drawn = new WeakMap<Scene, { readonly explaining: Explaining; readonly health: Health }>();

/** What several parts of a page ask, reckoned once for each drawing. */
export const healthIn = (scene: Scene): { readonly explaining: Explaining; readonly health: Health } => {
  const known = drawn.get(scene);
  if (known) return known;
  const explaining = new Explaining(scene.picture);
  const health = healthOf(scene.picture, scene.now, explaining);
  drawn.set(scene, { explaining, health });
  return { explaining, health };
};

/** The picture before one of the scene's records. */
export const pictureBefore = ({ base, records }: Scene, seq: number): Picture => {
  const picture = copyOf(base);
  for (const record of records) {
    if (record.seq >= seq) break;
    picture.apply(record);
  }
  return picture;
};

/** As far as it tells of actors. */
const copyOf = (base: Picture): Picture => {
  const copy = new Picture();
  for (const [id, actor] of base.actors) copy.actors.set(id, { ...actor });
  copy.seq = base.seq;
  return copy;
};
