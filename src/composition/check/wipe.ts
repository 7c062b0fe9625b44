/**
 * Takes all of Troupe off the node, and looks whether it is off: pods with all that they have, the monitor, what is kept of
 * this boot; images only when told. For who has the daemon's lock, and keeps it until all is gone.
 *
 *   look ─▶ end and remove, object by object ─▶ records ─▶ the monitor ─▶ what it has left ─▶ own files ─▶ look
 *
 * The record of an object that could not be removed stays, so that a daemon can go on with it.
 */
import type { Settings } from "../../settings.ts";
import { toFailure } from "../../errors.ts";
import { mendingHands } from "./hands.ts";
import { judge, type Finding } from "./judge.ts";
import { lookAtNode } from "./look.ts";
import type { ToGo } from "./mending.ts";
import type { Observed } from "./observed.ts";
import { forgetDurably, ownNamesLeft, removeDirectories, removeOwnFiles, removeRecords } from "./own-files.ts";
import { lockStopped, settled, takeSteps, type Trouble } from "./repair.ts";
import { endMonitor, reachRunningMonitor } from "./running-monitor.ts";

export interface WipeOptions {
  /** Though containers run. */
  readonly force: boolean;
  /** Images too. */
  readonly images: boolean;
}

export interface Running {
  readonly id: string;
  readonly title?: string;
}

export type Wiped =
  | { readonly refused: readonly Running[] }
  | { readonly gone: number; readonly left: readonly Finding[]; readonly troubles: readonly string[] };

/** Throws Unavailable where a daemon runs. */
export const wipeNode = async (settings: Settings, { force, images }: WipeOptions): Promise<Wiped> => {
  const locks = lockStopped(settings);
  const hands = mendingHands(settings);
  try {
    const observed = lookAtNode(settings);
    const running = runningIn(observed);
    if (running.length > 0 && !force) return { refused: running };
    const troubles = await takeSteps(hands, ours(observed).filter(isNotMonitors));
    const stuck = new Set(troubles.map(({ step }) => step.id));
    const records = [...observed.records, ...observed.doubts].filter(({ id }) => !stuck.has(id));
    const more = [
      ...(await attempt("records", () => removeRecords(settings, new Set(records.map(({ id }) => id))))),
      ...(await attempt("the monitor", () => dismissMonitor(settings.runroot))),
      ...(await attempt("the durable store", () => forgetDurably(settings, images, stuck))),
    ];
    const late = await takeSteps(hands, ours(lookAtNode(settings)));
    more.push(...(await attempt("own files", () => removeOwnFiles(settings, images))));
    const left = await settled(() => {
      const findings = judge(lookAtNode(settings));
      return [...findings, ...ownNamesLeft(settings, images, findings)];
    });
    if (left.length === 0) removeDirectories(settings);
    const told = [...troubles, ...late].map(({ step, why }: Trouble) => `${step.verb} ${step.id ?? ""}: ${why}`);
    return { gone: ours(observed).length + records.length, left, troubles: [...new Set([...told, ...more])] };
  } finally {
    hands.close();
    locks.release();
  }
};

/** The monitor is told once of all, and may be one that does not listen. */
const isNotMonitors = ({ mend }: ToGo): boolean => mend !== "monitorRecord" && mend !== "exit";

/** Everything that is not a stranger's. */
const ours = (observed: Observed): readonly ToGo[] => {
  const foreign = new Set(
    judge(observed)
      .filter(({ verdict }) => verdict === "foreign")
      .map(({ what }) => what),
  );
  const others = othersPlugins(observed);
  return observed.things
    .filter(({ what, part }) => !foreign.has(what) && !(part === "plugin" && others.has(what)))
    .map(({ part, id, what }) => ({ mend: part, what, ...(id === undefined ? {} : { id }) }));
};

/** Plugins at work for other runtimes, of whose pods nothing else is here. */
const othersPlugins = ({ things, records, doubts }: Observed): ReadonlySet<string> => {
  const known = new Set([...records, ...doubts].map(({ id }) => id));
  for (const { part, id } of things) if (part !== "plugin" && part !== "lease" && id !== undefined) known.add(id);
  return new Set(things.filter(({ part, id = "" }) => part === "plugin" && !known.has(id)).map(({ what }) => what));
};

/** Containers and infra processes that live: by their record, or by a process in a cgroup of ours. */
const runningIn = (observed: Observed): readonly Running[] => {
  const titles = new Map(observed.records.map(({ id, title }) => [id, title]));
  const living = new Set([
    ...observed.records.filter(({ init }) => init?.lives === true).map(({ id }) => id),
    ...ours(observed)
      .filter(({ mend }) => mend === "process")
      .flatMap(({ id }) => id ?? []),
  ]);
  return [...living].map((id) => {
    const title = titles.get(id);
    return title === undefined ? { id } : { id, title };
  });
};

const LEAVES_WITHIN_MS = 10_000;

/** One that cannot be spoken to is ended all the same. */
const dismissMonitor = async (runroot: string): Promise<void> => {
  const monitor = await reachRunningMonitor(runroot).catch(() => undefined);
  try {
    for (const id of monitor?.ids ?? []) await monitor?.forget(id);
  } catch {
    // It has gone away meanwhile.
  }
  monitor?.close();
  await endMonitor(runroot, monitor ? LEAVES_WITHIN_MS : 0);
};

const attempt = async (what: string, step: () => Promise<void> | void): Promise<readonly string[]> => {
  try {
    await step();
    return [];
  } catch (error) {
    return [`${what}: ${toFailure(error).text}`];
  }
};
