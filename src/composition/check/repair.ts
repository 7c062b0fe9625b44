/** Mends what a look at the node has found, and looks whether it is mended. For who has the daemon's lock. */
import { setTimeout as pause } from "node:timers/promises";
import { toFailure } from "../../errors.ts";
import type { Settings } from "../../settings.ts";
import { lockDirectories } from "../state-locks.ts";
import { mendingHands, type MendingHands } from "./hands.ts";
import { judge, type Finding } from "./judge.ts";
import { lookAtNode } from "./look.ts";
import { stepsFor, type Step, type ToGo } from "./mending.ts";

export interface Trouble {
  readonly step: Step;
  readonly why: string;
}

export interface Repaired {
  readonly mended: readonly Finding[];
  readonly findings: readonly Finding[];
  readonly troubles: readonly Trouble[];
}

/** Throws Unavailable where a daemon runs. */
export const repairNode = async (settings: Settings): Promise<Repaired> => {
  const locks = lockStopped(settings);
  const hands = mendingHands(settings);
  try {
    const before = judge(lookAtNode(settings));
    const troubles = await takeSteps(hands, before);
    const findings = await settled(() => judge(lookAtNode(settings)));
    const left = new Set(findings.map(({ what }) => what));
    return { mended: before.filter(({ what, mend }) => mend && !left.has(what)), findings, troubles };
  } finally {
    hands.close();
    locks.release();
  }
};

export const lockStopped = ({ root, runroot }: Settings): ReturnType<typeof lockDirectories> =>
  lockDirectories([
    { directory: runroot, mode: 0o755 },
    { directory: root, mode: 0o700 },
  ]);

/** All of them, whichever fails: what one object holds is no reason to leave another's. */
export const takeSteps = async (hands: MendingHands, things: readonly ToGo[]): Promise<readonly Trouble[]> => {
  const troubles: Trouble[] = [];
  for (const step of stepsFor(things))
    try {
      await hands.do(step);
    } catch (error) {
      troubles.push({ step, why: toFailure(error).text });
    }
  return troubles;
};

const SETTLES_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

/** What a process owned goes some milliseconds after it, in the kernel's and the monitor's own time. */
export const settled = async (look: () => readonly Finding[]): Promise<readonly Finding[]> => {
  for (const until = performance.now() + SETTLES_WITHIN_MS; ; await pause(LOOK_EVERY_MS)) {
    const findings = look();
    if (!findings.some(({ mend }) => mend) || performance.now() > until) return findings;
  }
};
