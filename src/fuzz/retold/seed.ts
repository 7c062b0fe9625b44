/** A seed of the simulation that is made of a recording: the tape of a simulated pod that was led to what the recorded one did. */
import type { FlightRecord } from "../../inspect/record.ts";
import { kindOf } from "../../vocabulary/index.ts";
import type { Tape } from "../choices.ts";
import { rehearse, type Rehearsing } from "../rehearse.ts";
import { Schedule } from "../schedule.ts";
import { Telling } from "./goals.ts";
import { Retelling } from "./retelling.ts";

export interface Seed {
  readonly tape: Tape;
  /** What the tape finds when it is run; of a daemon that is well: nothing. */
  readonly findings: readonly string[];
  /** States that the recording came by, and those of them that the tape does not. */
  readonly states: number;
  readonly missing: readonly string[];
  /** What could not be mapped, a line each. */
  readonly unmapped: readonly string[];
}

/** `pods`: ids of the sandboxes of one pod. */
export const seedOf = async (
  records: readonly FlightRecord[],
  pods: readonly string[],
  { stage, tick }: Omit<Rehearsing, "watcher">,
): Promise<Seed> => {
  const told = new Telling(pods).tell(records);
  const retelling = new Retelling(told);
  const { choices, prompt, watcher } = retelling;
  await new Schedule({ source: { choices }, stage, tick, prompt, watcher }).run();
  retelling.leave();
  // The schedule's own step, and one a move; the healing behind them makes its own.
  const tape = choices.tape.slice(0, retelling.moves + 1);
  const visited = new Set<string>();
  const { findings } = await rehearse(
    { tape },
    { stage, tick, watcher: { moved: ({ actor, to }) => void visited.add(`${kindOf(actor)} ${to}`) } },
  );
  return {
    tape,
    findings,
    states: told.states.size,
    missing: [...told.states].filter((state) => !visited.has(state)),
    unmapped: [...told.unmapped, ...retelling.missed],
  };
};
