/** The world behind the door: real time, and the drivers' verbs by name. */
import type { Call } from "../actors/calls.ts";
import type { Drivers, Tell } from "../actors/drivers.ts";
import { Cancelled, Failed } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { World } from "../supervisors/door.ts";
import type { Clock } from "./parts.ts";

type Verb = (input: unknown, signal: AbortSignal, tell: Tell) => unknown;

/** The longest that one timer of Node can wait; a later moment is waited for in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `until`, as a driver: the monotonic clock goes on through a suspend, Node's timers do not, so it looks again. */
export const clockHands = (clock: Clock): Drivers["clock"] => ({
  until: ({ at }, signal) =>
    new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        const left = at - clock.monoMs();
        if (left <= 0) return resolve({ at: clock.monoMs() });
        timer = setTimeout(look, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
      };
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(new Cancelled("the wait was called off"));
      });
      look();
    }),
});

/** Node's timers; one that is too far away for them comes too early. */
export const realTimers: Pick<World, "setTimeout" | "clearTimeout"> = {
  setTimeout: (fn, ms) => setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

export const realWorld = (drivers: Drivers, clock: Clock): World => ({
  now: (): MonoMs => clock.monoMs(),
  ...realTimers,
  perform: callsInto(drivers),
});

/** Makes calls with these hands. */
export const callsInto =
  (drivers: Drivers): World["perform"] =>
  ({ driver, verb, input }: Call, signal, settle, tell) => {
    const verbs = (drivers as unknown as Record<string, Record<string, Verb>>)[driver];
    const made = verbs?.[verb];
    // Never before `perform` returns: the slot that asked is still being entered.
    const outcome = Promise.resolve().then(() => {
      if (!made) throw new Failed(`there is no driver verb ${driver}.${verb}`);
      return made(input, signal, tell);
    });
    outcome.then(
      (output) => settle({ output }),
      (error: unknown) =>
        settle({ error: signal.aborted && signal.reason instanceof Error && !isOwn(error) ? signal.reason : error }),
    );
  };

/** An error that says more than that the call was given up. */
const isOwn = (error: unknown): boolean => !(error instanceof Error && error.name === "AbortError");
