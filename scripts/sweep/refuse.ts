/** The kernel refuses one step of the daemon's, or of the monitor's, in a pod's life; then it refuses no more. */
import { join } from "node:path";
import { monitorOf } from "../../spec/support/daemon.ts";
import { eventually } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { attempt, deedAt, isReady, markOf, stepOf, storesOf, strike, WORTH_IT } from "./kill.ts";
import { live } from "./life.ts";
import type { Point, Swept } from "./point.ts";

/** A refusal names the file, or the daemon has ended over it, with its name as the last words. */
const unclear = ({ place, daemon }: TestBed, heard: readonly string[]): readonly string[] =>
  heard
    .filter((text) => !text.includes(`${place}/`))
    .filter((text) => !/^(Connection dropped|No connection)/.test(text) || !OVER.test(daemon.lines.join("\n")))
    .map((text) => `a refusal that does not name the file: ${text}`);
const OVER = /troupe\.db failed: .*; containers that run are not affected/;

const refuse = async (
  bed: TestBed,
  point: Point,
  target: { pid?: number; folders: readonly string[] },
): Promise<Swept> => {
  const findings: string[] = [];
  let step: string | undefined;
  const order = { ...target, only: WORTH_IT, deed: deedAt(point) };
  await attempt(findings, async () => {
    const { traced } = await strike(
      bed,
      order,
      () => bed.daemon.start(),
      async (patient) => {
        await attempt(findings, async () =>
          findings.push(...(await live(bed, patient, { mark: markOf(point), startMayFail: true }))),
        );
        findings.push(...unclear(bed, patient.heard));
      },
    );
    if (traced.steps.length >= point.at) step = stepOf(traced, point, bed);
    // What could not be deleted goes with the next pull or the next start, whichever is first.
    await bed.daemon.kill();
    await bed.daemon.start();
    await isReady(bed);
  });
  return { findings, ...(step !== undefined && { step }) };
};

export const refuseInLife = (bed: TestBed, point: Point): Promise<Swept> =>
  refuse(bed, point, { folders: storesOf(bed) });

/** Logs are the monitor's to write, and it has notes and exits of its own. */
export const refuseMonitor = async (bed: TestBed, point: Point): Promise<Swept> => {
  const pid = await eventually("a monitor", 5000, () => monitorOf(bed.daemon));
  const { runDir } = bed.daemon;
  return refuse(bed, point, { pid, folders: [join(runDir, "monitor"), join(runDir, "exits"), bed.logs] });
};
