/** Permits of a simulated daemon: one of each lane, so that there is a line to stand in. */
import type { Lane, Permits, Waiting } from "../../drivers/permits/permits.ts";
import { Cancelled } from "../../errors.ts";
import type { Node } from "./node.ts";

const GIVE_BACK_MS = 1_000;
const BOUNDS_CPU: readonly Lane[] = ["cni-add", "cni-del", "unpack"];

/** One holder's place: first in the line, then with the permit, then without it but not yet let go. */
interface Place extends Waiting {
  is: "waiting" | "holding" | "without";
  readonly leaving: AbortController;
  timer: unknown;
}

export const simulatedPermits = (node: Node): Permits => {
  /** In the order of asking. */
  const places = new Map<string, Place>();
  node.permitted.clear();

  const leave = (place: Place, reason: unknown): void => {
    if (places.get(place.holder) === place) {
      places.delete(place.holder);
      node.permitted.delete(place.holder);
    }
    node.timers.clear(place.timer);
    if (place.is === "waiting") place.leaving.abort(reason);
  };
  const release = (holder: string): void => {
    const place = places.get(holder);
    if (place) leave(place, new Cancelled(`the wait of "${holder}" for ${place.lane} was given up`));
  };
  const isNext = (place: Place): boolean => {
    for (const other of places.values()) {
      if (other.lane !== place.lane || other.is === "without") continue;
      return other === place; // the holder, or the first in the line
    }
    return false;
  };

  return {
    release,
    acquire: (lane, holder, signal) => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      release(holder); // a holder has one permit: asking again gives the former one back
      const leaving = new AbortController();
      const place: Place = { lane, holder, sinceMs: node.timers.now, is: "waiting", leaving, timer: undefined };
      places.set(holder, place);
      const giveUp = (): void => leave(place, signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      const grant = (): void => {
        leaving.signal.throwIfAborted();
        place.is = "holding";
        node.permitted.set(holder, lane);
        const comeBack = (): void => void (place.is = "without");
        if (BOUNDS_CPU.includes(lane)) place.timer = node.timers.set(comeBack, GIVE_BACK_MS, node.life);
      };
      const isReady = (): boolean => leaving.signal.aborted || isNext(place);
      return node
        .operation(`permits.${lane}`, holder, grant, { signal: leaving.signal, isReady })
        .catch((error: unknown) => {
          leave(place, error); // whoever is refused has neither permit nor place
          throw error;
        })
        .finally(() => signal.removeEventListener("abort", giveUp));
    },
    waiting: () =>
      [...places.values()]
        .filter(({ is }) => is === "waiting")
        .map(({ lane, holder, sinceMs }) => ({ lane, holder, sinceMs })),
  };
};
