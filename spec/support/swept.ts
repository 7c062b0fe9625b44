/** A few points of each of these scenes of `npm run sweep`, other ones each time; a failure names the command that repeats it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { canRefuse } from "../../scripts/sweep/ptrace.ts";
import { deedsOf, repeat, tellPoint, type Point, type Scene } from "../../scripts/sweep/point.ts";
import { sweepBed, tryPoint } from "../../scripts/sweep/sweep.ts";
import { numbersFrom, seedOfRun } from "./seeded.ts";

/** A few less than each scene has. */
const STEPS: Readonly<Record<Scene, number>> = { life: 180, start: 38, power: 95, fault: 180, monitor: 40 };
const POINTS: Readonly<Record<Scene, number>> = { life: 4, start: 2, power: 3, fault: 3, monitor: 2 };

export const sweptAtRandom = (scenes: readonly Scene[]): void => {
  const below = numbersFrom(seedOfRun);
  for (const scene of scenes) {
    const refuses = scene === "fault" || scene === "monitor";
    const skip = refuses && !canRefuse ? "calls can be refused on x86-64 only" : false;
    const points = Array.from({ length: POINTS[scene] }, (): Point => {
      const deeds = deedsOf(scene);
      return { scene, at: 1 + below(STEPS[scene]), deed: deeds[below(deeds.length)] ?? "kill before" };
    });
    it(points.map(tellPoint).join("; "), { skip }, async () => {
      const bed = await sweepBed(scene);
      try {
        for (const point of points) {
          const { step, findings } = await tryPoint(bed, point);
          assert.deepEqual(findings, [], `${step}; again: ${repeat(point)}`);
          assert.ok(step !== undefined, `there was no such step; again: ${repeat(point)}`);
        }
      } finally {
        await bed.end();
      }
    });
  }
};
