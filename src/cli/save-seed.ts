/**
 * `troupe replay FILE --save-seed SEED`: what was recorded as a seed of the simulation. A recording that the simulation made has
 * its own tape; for a daemon's, a simulated pod is led to what the recorded one did.
 */
import { setStage } from "../fuzz/stage.ts";
import { seedOf, type Seed } from "../fuzz/retold/seed.ts";
import { Invalid } from "../errors.ts";
import { podsIn, type PodName } from "../inspect/pod-excerpt.ts";
import type { SavedRecording } from "../inspect/recording.ts";
import { podsAsked, titles } from "./pods-asked.ts";
import { writeWhole } from "./whole-file.ts";

/** Lets all promises run that can. */
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const write = (file: string, bug: string, tape: Seed["tape"]): void =>
  writeWhole(file, `${JSON.stringify({ bug, mended: "", tape })}\n`);

const AGAIN = "  again: npm run sim -- --replay";

const podOf = (records: SavedRecording["records"], asked: string | undefined): readonly PodName[] => {
  if (asked !== undefined) return podsAsked(records, asked);
  const pods = podsIn(records);
  const known = titles(pods);
  if (known.length === 1) return pods;
  throw new Invalid(
    known.length === 0
      ? "no pod is in this recording, and a seed is the life of one"
      : `a seed is the life of one pod; say which with --pod: ${known.slice(0, 10).join(", ")}`,
  );
};

/** What a schedule has found is said behind all else. */
const foundIn = (records: SavedRecording["records"]): string => {
  const last = records.findLast(({ kind }) => kind === "said");
  return last?.kind === "said" && last.level === "error" ? last.text : "a recorded schedule, which finds nothing";
};

const toldOf = (file: string, pod: string, seed: Seed): readonly string[] => {
  const { tape, states, missing, unmapped, findings } = seed;
  return [
    `${file}: the life of ${pod} in ${tape.length} steps of the simulation`,
    `  comes by ${states - missing.length} of the ${states} states that are recorded`,
    ...missing.map((state) => `  does not come by ${state}`),
    ...unmapped.map((line) => `  ${line}`),
    ...findings.map((finding) => `  finds: ${finding}`),
    `${AGAIN} ${file}`,
  ];
};

/** Writes it and answers what is to be said of it. Throws Invalid where it is not clear of which pod. */
export const saveSeed = async (
  { about, records }: SavedRecording,
  file: string,
  pod: string | undefined,
): Promise<readonly string[]> => {
  if (about?.tape) {
    write(file, foundIn(records), about.tape);
    return [`${file}: the schedule itself, in ${about.tape.length} steps`, `${AGAIN} ${file}`];
  }
  const pods = podOf(records, pod);
  const ids = pods.map(({ id }) => id);
  const seed = await seedOf(records, ids, { stage: setStage(), tick });
  const name = titles(pods).join(", ");
  write(file, seed.findings[0] ?? `what was recorded of ${name}`, seed.tape);
  return toldOf(file, name, seed);
};
