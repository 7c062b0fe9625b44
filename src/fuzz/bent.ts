/**
 * What a schedule is bent on, so that what seldom meets does: one thing that fails again and again, programs that outlive who
 * started them and end late, and clients who ask again while something rests.
 */
import type { Choices } from "./choices.ts";
import type { Operation } from "./world/operations.ts";

export interface Bent {
  /** This operation, or step, fails every third time; undefined: none does. */
  readonly sick: string | undefined;
  /** Programs whose daemon or monitor has died come to their end late, and daemons die over programs. */
  readonly lingering: boolean;
  /** Whatever is to go is asked for once more before time passes. */
  readonly pressing: boolean;
  /** Those who are about to end, and those who are waited for, may throw. */
  readonly mean: boolean;
}

/** What may be sick: what is done, and undone, to one object. */
const SICKLY = [
  ...(["records.put", "records.remove", "durable.commit", "bundles.write", "bundles.remove"] as const),
  ...(["bundles.removeProcess", "infraBundles.remove", "namespaces.unpin", "sandboxFiles.remove"] as const),
  ...(["cgroups.remove", "cgroups.removeParent", "rootfs.unmount", "runtime.start", "runtime.kill"] as const),
  ...(["runtime.delete", "runtime.status", "network.attach", "network.detach", "execs.remove", "execs.ended"] as const),
  ...(["tool.create", "tool.exec", "images.discard", "permits.cni-del"] as const),
] as const;

export const drawBent = (choices: Choices): Bent => {
  const sick = choices.chance(350) ? choices.pick(SICKLY) : undefined;
  return {
    sick,
    // A start is asked about only where it has outlived its daemon.
    lingering: choices.chance(250) || sick === "runtime.status",
    pressing: choices.chance(300),
    mean: choices.chance(250),
  };
};

/** How often, of a thousand, a program that nobody owns is left at work once more. */
const LINGERS = 900;
/** How often, of a thousand moves, the daemon dies while a program of its is at work. */
const DIES_OVER = 40;

/** Of those that may end, those that may end now. */
export const endingNow = ({ lingering }: Bent, choices: Choices, ready: readonly Operation[]): readonly Operation[] => {
  if (!lingering || !ready.some(({ orphan }) => orphan) || !choices.chance(LINGERS)) return ready;
  return ready.filter(({ orphan }) => !orphan);
};

/** A death that leaves a program behind is due. */
export const isOrphaning = ({ lingering }: Bent, choices: Choices, underWay: readonly Operation[]): boolean =>
  lingering && underWay.some(({ outlives, orphan }) => outlives && !orphan) && choices.chance(DIES_OVER);
