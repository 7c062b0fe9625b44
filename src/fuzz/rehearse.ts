/** Runs one schedule from its seed or its tape, and tells it in words. */
import type { Tape } from "./choices.ts";
import { Schedule, type Ended, type ScheduleOptions } from "./schedule.ts";
import type { Stage } from "./stage.ts";
import type { Watcher } from "./watcher.ts";
import { kindOfFinding, Shrinker } from "./shrink.ts";

export interface Rehearsing {
  readonly stage: Stage;
  readonly tick: ScheduleOptions["tick"];
  readonly watcher?: Watcher;
}

export const rehearse = (source: ScheduleOptions["source"], rehearsing: Rehearsing): Promise<Ended> =>
  new Schedule({ source, ...rehearsing }).run();

/** Ids are long rows of zeros with a number behind. */
const short = (text: string): string => text.replace(/\b0{8,}(\d+)\b/g, "#$1");

const MOST_LINES_OF_HEALING = 12;

/** What befell, was asked and was done, line by line; of the healing only the end. */
export const inWords = async (tape: Tape, { stage, tick }: Rehearsing): Promise<readonly string[]> => {
  const lines: string[] = [];
  const { findings } = await rehearse({ tape }, { stage, tick, watcher: { step: (line) => lines.push(short(line)) } });
  const healed = lines.findIndex((line) => line.endsWith(" everything is healed"));
  const [before, after] = healed < 0 ? [lines, []] : [lines.slice(0, healed + 1), lines.slice(healed + 1)];
  const left = after.length - MOST_LINES_OF_HEALING;
  const told = left > 0 ? [`… ${left} steps in which all goes well`, ...after.slice(left)] : after;
  return [...before, ...told, ...findings.map((finding) => `FOUND: ${short(finding)}`)];
};

/** The smallest tape that was found to show the same kind of finding. */
export const shrunk = (tape: Tape, finding: string, { stage, tick }: Rehearsing, most = 1_500): Promise<Tape> => {
  const run = async (smaller: Tape): Promise<string | undefined> =>
    (await rehearse({ tape: smaller }, { stage, tick })).findings[0];
  return new Shrinker(tape, kindOfFinding(finding), run, most).shrink();
};
