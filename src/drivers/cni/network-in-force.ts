/**
 * The network that pods get now, followed for as long as the daemon lives.
 *
 *   a change is seen → 100 ms → look again → ready, or the reason why not
 *                      5 s, where nothing tells of changes, or nothing could be used ↺
 */
import { toFailure } from "../../errors.ts";
import { bounded } from "./bounded.ts";
import { statusOf } from "./chain.ts";
import { speaks, type Conflist } from "./conflist.ts";
import { directoryWatch } from "./directory-watch.ts";
import { chooseNetwork, type ChoiceOptions, type Chosen } from "./network-choice.ts";
import type { NetworkReadiness } from "./network.ts";

export interface NetworkInForce {
  readonly watch: (changed: (readiness: NetworkReadiness) => void) => Promise<void>;
  readonly readiness: () => NetworkReadiness;
  /** The network of the last good configuration, ready or not. */
  readonly current: () => Conflist | undefined;
  /** Looks again, from after this call on; never rejects. */
  readonly reload: () => Promise<NetworkReadiness>;
  readonly close: () => void;
}

/** Installers write in several steps. */
const debounceMs = 100;
/** Where nothing tells of changes: STATUS of a network that offers it, a plugin that was too slow, a directory when inotify has run out. */
const lookEveryMs = 5000;

export const networkInForce = (options: ChoiceOptions): NetworkInForce => {
  const { timers, confDir, pluginDirs } = options;
  let chosen: Chosen | undefined;
  let readiness: NetworkReadiness = { ready: false, reason: `${confDir} has not been read yet` };
  let told = "";
  let tell: ((readiness: NetworkReadiness) => void) | undefined;
  let closed = false;
  /** One look at a time: the last of them, and the one that has not begun, which all may share who ask meanwhile. */
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<NetworkReadiness> | undefined;
  const waiting: Record<"debounce" | "status" | "poll", unknown> = {
    debounce: undefined,
    status: undefined,
    poll: undefined,
  };

  const later = (what: keyof typeof waiting, ms: number, work: () => void): void => {
    timers.clearTimeout(waiting[what]);
    waiting[what] = closed
      ? undefined
      : timers.setTimeout(() => {
          waiting[what] = undefined;
          work();
        }, ms);
  };

  const settle = (now: NetworkReadiness): NetworkReadiness => {
    readiness = now;
    const text = JSON.stringify(now);
    if (text !== told && !closed) tell?.(now);
    told = text;
    return now;
  };

  const askStatus = async ({ conflist }: Chosen): Promise<NetworkReadiness> => {
    if (!speaks(conflist, "1.1.0")) return { ready: true, name: conflist.name };
    later("status", lookEveryMs, renewStatus);
    try {
      await bounded(timers, (signal) => statusOf(options, conflist, signal));
      return { ready: true, name: conflist.name };
    } catch (error) {
      return { ready: false, reason: `CNI network "${conflist.name}" is not ready: ${toFailure(error).text}` };
    }
  };

  const look = async (): Promise<NetworkReadiness> => {
    // Watch first, read then: what changes in between is seen.
    if (!closed && !watched.arm(confDir, pluginDirs)) later("poll", lookEveryMs, reload);
    try {
      const choice = await chooseNetwork(options, chosen);
      chosen = typeof choice === "string" ? undefined : choice;
      // The reason may be a plugin that did not say its version in time, on a node that is still starting up.
      if (chosen === undefined) later("poll", lookEveryMs, reload);
      return settle(typeof choice === "string" ? { ready: false, reason: choice } : await askStatus(choice));
    } catch (error) {
      return settle({ ready: false, reason: toFailure(error).text });
    }
  };

  const reload = (): Promise<NetworkReadiness> => {
    last = next ??= last.then(() => {
      next = undefined;
      return look();
    });
    return next;
  };

  const renewStatus = (): void => {
    last = last.then(async () => chosen && settle(await askStatus(chosen)));
  };

  const watched = directoryWatch(() => {
    if (waiting.debounce === undefined) later("debounce", debounceMs, reload);
  });

  return {
    readiness: () => readiness,
    current: () => chosen?.conflist,
    reload,

    watch: async (changed) => {
      tell = changed;
      await reload();
    },

    close: () => {
      closed = true;
      for (const timer of Object.values(waiting)) timers.clearTimeout(timer);
      watched.close();
    },
  };
};
