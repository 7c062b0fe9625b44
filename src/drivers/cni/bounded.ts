/** Questions to plugins that nobody waits for long: VERSION and STATUS. */
import { Overdue } from "../../errors.ts";

/** Time, as far as this driver needs it. */
export interface Timers {
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

const boundMs = 3000;

/** Calls `ask` off after three seconds. */
export const bounded = async <Result>(
  timers: Timers,
  ask: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const controller = new AbortController();
  const overdue = (): void => controller.abort(new Overdue(`no answer within ${boundMs} ms`));
  const timer = timers.setTimeout(overdue, boundMs);
  try {
    return await ask(controller.signal);
  } finally {
    timers.clearTimeout(timer);
  }
};
