/** A daemon's ear for specs: all that its monitor's driver told, and who waits for more. */
import type { MonitorListener, WhyDetached } from "../../../src/drivers/monitor/monitor.ts";
import type { Exit } from "../../../src/vocabulary/index.ts";

export interface Ear {
  readonly listener: MonitorListener;
  /** Exits told, in order. */
  readonly exits: readonly (readonly [string, Exit])[];
  /** Copies that have ended, in order. */
  readonly detachments: readonly (readonly [string, WhyDetached])[];
  /** Reasons of losses, in order. */
  readonly losses: readonly string[];
  /** Resolves with the exit of this container or exec, told already or not. */
  exitOf(id: string): Promise<Exit>;
  /** Resolves with why this copy has ended, told already or not. */
  endOf(attachId: string): Promise<WhyDetached>;
  /** Resolves at the next loss of the connection. */
  lost(): Promise<string>;
}

export const openEar = (): Ear => {
  const exits: (readonly [string, Exit])[] = [];
  const detachments: (readonly [string, WhyDetached])[] = [];
  const losses: string[] = [];
  const waiting = new Map<string, (exit: Exit) => void>();
  const attached = new Map<string, (why: WhyDetached) => void>();
  let lost = Promise.withResolvers<string>();
  const tell = (id: string, exit: Exit): void => {
    exits.push([id, exit]);
    waiting.get(id)?.(exit);
  };
  return {
    listener: {
      exited: tell,
      execExited: tell,
      execFound: () => {},
      detached: (attachId, why) => {
        detachments.push([attachId, why]);
        attached.get(attachId)?.(why);
      },
      lost: (reason) => {
        losses.push(reason);
        lost.resolve(reason);
        lost = Promise.withResolvers<string>();
      },
    },
    exits,
    detachments,
    losses,
    endOf: (attachId) =>
      new Promise((resolve) => {
        const told = detachments.find(([of]) => of === attachId);
        if (told) resolve(told[1]);
        else attached.set(attachId, resolve);
      }),
    exitOf: (id) =>
      new Promise((resolve) => {
        const told = exits.findLast(([of]) => of === id);
        if (told) resolve(told[1]);
        else waiting.set(id, resolve);
      }),
    lost: () => lost.promise,
  };
};
