/** Goes through the points of each scene, in a bed of its own, until there are no more steps; counts what was left after each. */
import { testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { killInLife, killInStart } from "./kill.ts";
import type { Point, Scene, Side, Swept } from "./point.ts";
import { powerBed, losePowerInLife } from "./power.ts";

export interface SweepPlan {
  readonly scenes: readonly Scene[];
  readonly sides: readonly Side[];
  readonly every: number;
  /** Only this step. */
  readonly at?: number;
}

const hands: Readonly<
  Record<Scene, { bed(): Promise<TestBed>; at(bed: TestBed, point: Point): Promise<Swept> }>
> = {
  life: { bed: () => testBed({ name: "sweep" }), at: killInLife },
  start: { bed: () => testBed({ name: "sweep" }), at: killInStart },
  power: { bed: powerBed, at: losePowerInLife },
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const findingOf = (work: () => Promise<void>): Promise<readonly string[]> =>
  work().then(
    () => [],
    (error: unknown) => [textOf(error)],
  );

export const sweep = async (
  { scenes, sides, every, at }: SweepPlan,
  tell: (point: Point, swept: Swept, ms: number) => void,
): Promise<{ readonly points: number; readonly findings: number }> => {
  let [points, findings] = [0, 0];
  for (const scene of scenes) {
    const bed = await hands[scene].bed();
    /** False: there is no such step. */
    const tried = async (point: Point): Promise<boolean> => {
      const begun = performance.now();
      const swept = await hands[scene].at(bed, point);
      const left = await findingOf(() => bed.leavesNothing({ passed: swept.findings.length === 0 }));
      if (left.length > 0) bed.rebase(); // the next point is not to blame
      const found = [...swept.findings, ...left];
      tell(point, { ...swept, findings: found }, Math.round(performance.now() - begun));
      findings += found.length;
      if (swept.step === undefined) return false;
      points++;
      return true;
    };
    for (const side of sides)
      for (let step = at ?? 1; (await tried({ scene, at: step, side })) && at === undefined; step += every);
    findings += (await findingOf(() => bed.end())).length;
  }
  return { points, findings };
};
