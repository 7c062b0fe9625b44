/** A few points of each of these scenes of `npm run sweep`, other ones each time; a failure names the command that repeats it. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { canBe, deedsOf, repeat, tellPoint, type Point, type Scene } from "../../scripts/sweep/point.ts";
import { sweepBed, tryPoint } from "../../scripts/sweep/sweep.ts";
import type { TestBed } from "./test-bed.ts";
import { numbersFrom, seedOfRun } from "./seeded.ts";

/** About as many as each scene has; how many there are depends on how fast the machine is. */
const STEPS: Readonly<Record<Scene, number>> = { life: 190, start: 40, power: 100, fault: 190, monitor: 40 };
const POINTS: Readonly<Record<Scene, number>> = { life: 3, start: 2, power: 2, fault: 3, monitor: 2 };

const sweptAt = async (bed: TestBed, point: Point, t: TestContext): Promise<void> => {
  const { step, findings } = await tryPoint(bed, point);
  assert.deepEqual(findings, [], `${step}; again: ${repeat(point)}`);
  t.diagnostic(`${tellPoint(point)}: ${step ?? "there are not so many"}`);
  if (step === undefined) await sweptAt(bed, { ...point, at: Math.ceil(point.at / 2) }, t);
};

export const sweptAtRandom = (scenes: readonly Scene[]): void => {
  const below = numbersFrom(seedOfRun);
  for (const scene of scenes) {
    const skip = canBe(scene) ? false : "calls can be refused on x86-64 only";
    const points = Array.from({ length: POINTS[scene] }, (): Point => {
      const deeds = deedsOf(scene);
      return { scene, at: 1 + below(STEPS[scene]), deed: deeds[below(deeds.length)] ?? "kill before" };
    });
    it(points.map(tellPoint).join("; "), { skip }, async (t) => {
      const bed = await sweepBed(scene);
      try {
        for (const point of points) await sweptAt(bed, point, t);
      } finally {
        await bed.end();
      }
    });
  }
};
