/** The log of the container web, which counts: what must be in it, whatever happened to daemon and monitor meanwhile. */
import { setTimeout as pause } from "node:timers/promises";
import { logs } from "./place.ts";
import { expectEqual } from "./stage.ts";
import { numbersIn } from "./witness.ts";

export const webLog = `${logs}/web.log`;

/** Every number once and in its order, from 0 on: nothing lost, nothing doubled. Answers how many. */
export const expectWholeLog = (): number => {
  const numbers = numbersIn(webLog);
  for (const [at, number] of numbers.entries()) expectEqual(`line ${at} of ${webLog}`, number, at);
  return numbers.length;
};

/** Waits until the log has more than so many numbered lines. */
export const moreLines = async (than: number, withinMs: number): Promise<void> => {
  const until = performance.now() + withinMs;
  while (numbersIn(webLog).length <= than) {
    if (performance.now() > until) throw new Error(`${webLog}: expected more than ${than} lines, came no more`);
    await pause(20);
  }
};
