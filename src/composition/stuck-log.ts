/** Tells the log who is stuck, with the sentence that explains it, so that it is found by pod as well as by what is awaited. */
import type { Name } from "../inspect/record.ts";
import type { Stuck } from "../supervisors/stuck-watch.ts";
import { wordsOf } from "./name-words.ts";
import type { Report } from "./report.ts";

const lasting = (ms: number): string => (ms < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`);

/** `nameOf`: names of an actor's object, which are told as fields. `sentence`: what it waits for. */
export const toldStuck =
  (report: Pick<Report, "say">, nameOf: (actorId: string) => Name | undefined, sentence: (actorId: string) => string) =>
  ({ explanation: { actor, state, until, tries, help }, waitsFor, forMs, longerThanMs }: Stuck): void => {
    const name = { ...nameOf(actor) };
    const who = wordsOf(name);
    // Half a minute is often no more than a large image or a slow plugin.
    report.say(
      longerThanMs < 60_000 ? "info" : "warning",
      `not at rest for ${lasting(longerThanMs)}${who && ` (${who})`}: ${sentence(actor)}`,
      {
        actor,
        state,
        waitsFor,
        forMs: Math.round(forMs),
        ...name,
        ...(until && { until }),
        ...(tries && { tries }),
        help,
      },
    );
  };
