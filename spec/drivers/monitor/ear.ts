/** A daemon's ear for specs: all that its monitor's driver told, and who waits for more. */
import type { MonitorListener } from "../../../src/drivers/monitor/monitor.ts";
import type { Exit } from "../../../src/vocabulary/index.ts";

export interface Ear {
  readonly listener: MonitorListener;
  /** Exits told, in order. */
  readonly exits: readonly (readonly [string, Exit])[];
  /** Reasons of losses, in order. */
  readonly losses: readonly string[];
  /** Resolves with the exit of this container or exec, told already or not. */
  exitOf(id: string): Promise<Exit>;
  /** Resolves at the next loss of the connection. */
  lost(): Promise<string>;
}

export const openEar = (): Ear => {
  const exits: (readonly [string, Exit])[] = [];
  const losses: string[] = [];
  const waiting = new Map<string, (exit: Exit) => void>();
  let lost = Promise.withResolvers<string>();
  const tell = (id: string, exit: Exit): void => {
    exits.push([id, exit]);
    waiting.get(id)?.(exit);
  };
  return {
    listener: {
      exited: tell,
      execExited: tell,
      lost: (reason) => {
        losses.push(reason);
        lost.resolve(reason);
        lost = Promise.withResolvers<string>();
      },
    },
    exits,
    losses,
    exitOf: (id) =>
      new Promise((resolve) => {
        const told = exits.findLast(([of]) => of === id);
        if (told) resolve(told[1]);
        else waiting.set(id, resolve);
      }),
    lost: () => lost.promise,
  };
};
