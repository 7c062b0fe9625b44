/** The node now: as the daemon says; where it does not answer, as it has recorded it, which tells less and says so. */
import { existsSync } from "node:fs";
import { textsBack } from "../drivers/flight/reading.ts";
import { thisBoot } from "../composition/past-boot.ts";
import { flightIn } from "../composition/places.ts";
import { monoMs } from "../drivers/linux/clock.ts";
import { toFailure } from "../errors.ts";
import { askedScene } from "../inspect/asked.ts";
import { newestIn, type Newest } from "../inspect/newest.ts";
import { picturedScene } from "../inspect/pictured-scene.ts";
import type { FlightRecord } from "../inspect/record.ts";
import type { Scene } from "../inspect/scene.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { askDaemon } from "./daemon.ts";
import { stallIn } from "./stalls.ts";
import { plural } from "../inspect/words.ts";
import { span } from "./terminal/words.ts";

export interface SceneNow {
  readonly from: "daemon" | "recording";
  readonly scene: Scene;
  /** Why the daemon was not heard, how old the recording is, and what is wrong with it. */
  readonly notes: readonly string[];
  /** Where the scene is made of them. */
  readonly records?: readonly FlightRecord[];
}

/** How long a daemon may take to answer: one whose loop is stuck never does. */
const PATIENCE_MS = 1_000;

/** Exit status of a command that could not hear the daemon. */
export const UNREACHABLE = 3;

/** The moment at which a recording is looked at: now, unless it is of another boot. */
const momentOf = ({ picture: { daemon, mono } }: Newest): MonoMs =>
  daemon?.boot === thisBoot() ? Math.max(mono, monoMs()) : mono;

const damages = ({ damaged, strange }: Newest): readonly string[] => [
  ...(damaged > 0
    ? [`${plural(damaged, "line")} of the recording cannot be read and ${damaged === 1 ? "is" : "are"} left out`]
    : []),
  ...(strange.length > 0
    ? [
        `parts of it are of format ${[...new Set(strange)].join(", ")}, which this Troupe does not know, and are left out`,
      ]
    : []),
];

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** `why`: what became of the question to the daemon. */
export const recordedScene = (runDir: string, why: string): SceneNow & { readonly newest: Newest } => {
  const newest = newestIn(textsBack(flightIn(runDir)));
  const { picture, records } = newest;
  const mono = momentOf(newest);
  const pid = picture.daemon?.pid;
  const process = pid === undefined ? "" : `; its process ${pid} ${isThere(pid) ? "is there" : "has ended"}`;
  const nothing = `${why}, and nothing is recorded in ${flightIn(runDir)}`;
  const recorded = `${why}${process}. This is what it recorded, the last of it ${span(mono - picture.mono)} ago`;
  const stall = stallIn(flightIn(runDir), pid);
  const notes = [
    records.length === 0 ? nothing : recorded,
    ...damages(newest),
    ...(stall === undefined ? [] : [stall]),
  ];
  return { from: "recording", scene: picturedScene(picture, mono), notes, records, newest };
};

const reasonOf = (error: unknown, isLate: boolean): string =>
  isLate
    ? `the daemon does not answer within ${span(PATIENCE_MS)}`
    : toFailure(error).text.replace(/; is troupe serve.*/, "");

/** All that there is, or what is asked for: of `of` all, and without one all that is not at rest. Throws Invalid. */
export const sceneNow = async (
  runDir: string,
  question: { readonly all: true } | { readonly of: string | undefined },
): Promise<SceneNow> => {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asked = "of" in question && question.of !== undefined ? `?of=${encodeURIComponent(question.of)}` : "";
  try {
    const scene = (await askDaemon(runDir, "GET", "all" in question ? "/actors" : `/explain${asked}`, signal)) as Scene;
    return { from: "daemon", scene, notes: [] };
  } catch (error) {
    if (toFailure(error).code === "Invalid") throw error;
    const recorded = recordedScene(runDir, reasonOf(error, signal.aborted));
    return "all" in question ? recorded : { ...recorded, scene: askedScene(recorded.scene, question.of) };
  }
};

/** What a command ends with. */
export const statusOf = ({ from }: SceneNow, isStuck: boolean): number => {
  if (from === "recording") return UNREACHABLE;
  return isStuck ? 1 : 0;
};
