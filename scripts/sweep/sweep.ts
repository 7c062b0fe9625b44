/** Goes through the points of each scene, in a bed of its own, until there are no more steps; counts what was left after each. */
import { testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { killInLife, killInStart } from "./kill.ts";
import { deedsOf, type Deed, type Point, type Scene, type Swept } from "./point.ts";
import { refuseInLife, refuseMonitor } from "./refuse.ts";
import { powerBed, losePowerInLife } from "./power.ts";

export interface SweepPlan {
  readonly scenes: readonly Scene[];
  /** Only these. */
  readonly deeds?: readonly Deed[];
  readonly every: number;
  /** Only this step. */
  readonly at?: number;
}

const scenes: Readonly<Record<Scene, { bed(): Promise<TestBed>; at(bed: TestBed, point: Point): Promise<Swept> }>> = {
  life: { bed: () => testBed({ name: "sweep" }), at: killInLife },
  start: { bed: () => testBed({ name: "sweep" }), at: killInStart },
  power: { bed: powerBed, at: losePowerInLife },
  fault: { bed: () => testBed({ name: "sweep" }), at: refuseInLife },
  monitor: { bed: () => testBed({ name: "sweep" }), at: refuseMonitor },
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const findingOf = (work: () => Promise<void>): Promise<readonly string[]> =>
  work().then(
    () => [],
    (error: unknown) => [textOf(error)],
  );

export const sweepBed = (scene: Scene): Promise<TestBed> => scenes[scene].bed();

/** One point in such a bed, with what it left as findings. */
export const tryPoint = async (bed: TestBed, point: Point): Promise<Swept> => {
  const swept = await scenes[point.scene].at(bed, point);
  const left = await findingOf(() => bed.leavesNothing({ passed: swept.findings.length === 0 }));
  if (left.length > 0) bed.rebase(); // the next point is not to blame
  return { ...swept, findings: [...swept.findings, ...left] };
};

export const sweep = async (
  plan: SweepPlan,
  tell: (point: Point, swept: Swept, ms: number) => void,
  found: (finding: string) => void,
): Promise<{ readonly points: number; readonly findings: number }> => {
  const { every, at } = plan;
  let [points, findings] = [0, 0];
  for (const scene of plan.scenes) {
    const bed = await sweepBed(scene);
    /** False: there is no such step. */
    const tried = async (point: Point): Promise<boolean> => {
      const begun = performance.now();
      const swept = await tryPoint(bed, point);
      tell(point, swept, Math.round(performance.now() - begun));
      findings += swept.findings.length;
      if (swept.step === undefined) return false;
      points++;
      return true;
    };
    for (const deed of plan.deeds ?? deedsOf(scene)) {
      let step = at ?? 1;
      while ((await tried({ scene, at: step, deed })) && step !== at) step += every;
    }
    const last = await findingOf(() => bed.end());
    findings += last.length;
    for (const finding of last) found(`at the end of ${scene}: ${finding}`);
  }
  return { points, findings };
};
