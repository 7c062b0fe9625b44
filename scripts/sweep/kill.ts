/** Kills the daemon at one step of a pod's life, or of a start that finds a pod; then lets the kubelet go on. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { makeFifo } from "../../src/drivers/linux/fifo.ts";
import type { Life, TestDaemon } from "../../spec/support/daemon.ts";
import { eventually } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { Patient } from "../beat/patient.ts";
import { initOf, isThere } from "../demo/witness.ts";
import { live } from "./life.ts";
import type { Point, Swept } from "./point.ts";
import { trace, type Deed, type Order, type Traced } from "./traced.ts";

const RETRY_MS = 100;
const BACK_WITHIN_MS = 20_000;

export const storesOf = ({ place }: Pick<TestBed, "place">): readonly string[] => [
  join(place, "run"),
  join(place, "root"),
];
/** What is thrown away is deleted file by file, and no file of it is worth a life. */
export const WORTH_IT = "^(?!.*/images/trash/[^/]+/)";
export const deedAt = ({ at, deed }: Point): Deed => ({ at, what: deed });

/** A name that no other life has. */
export const markOf = ({ scene, at }: Point): string => `${scene}-${at}-${Date.now() % 1_000_000}`;

/** The step at which it was killed, for people. */
export const stepOf = ({ steps }: Traced, { at }: Point, { place }: Pick<TestBed, "place">): string => {
  const { call = "", path = "" } = steps[at - 1] ?? {};
  return `${call} ${path.replace(`${place}/`, "").replaceAll(/[0-9a-f]{24,}/g, (id) => `${id.slice(0, 6)}…`)}`;
};

/** Whether a life has ended by itself or by others, without waiting for it. */
export const hasEnded = ({ ended }: Life): Promise<boolean> => Promise.race([ended.then(() => true), pause(0, false)]);

/** Traces the daemon at work; `work` has a kubelet that waits for `up` when the daemon dies. True: it did. */
export const strike = async (
  { daemon, kubelet }: TestBed,
  order: Partial<Pick<Order, "pid">> & Omit<Order, "pid">,
  up: () => Promise<void>,
  work: (patient: Patient) => Promise<void>,
): Promise<{ readonly died: boolean; readonly traced: Traced }> => {
  const life = daemon.life();
  const traced = await trace({ pid: life.pid, ...order });
  let [died, isOver] = [false, false];
  const back = life.ended.then(() => {
    if (isOver) return; // it is another's to bring back
    died = true;
    return up();
  });
  back.catch(() => {}); // told by who awaits it
  const patient = new Patient(kubelet, async () => {
    await Promise.race([life.ended, pause(RETRY_MS)]);
    if (died) await back;
  });
  try {
    await work(patient);
  } finally {
    await traced.end();
    if (await hasEnded(life)) await back;
    isOver = true;
  }
  return { died, traced };
};

/** The daemon's log comes with what it says when it does not start: its beginning and its end will do. */
const shortened = (text: string): string => (text.length < 600 ? text : `${text.slice(0, 200)} … ${text.slice(-400)}`);

/** Everything that a call or a wait threw is a finding. */
export const attempt = async (findings: string[], work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    findings.push(`it could not go on: ${shortened(error instanceof Error ? error.message : String(error))}`);
  }
};

export const isReady = async ({ kubelet }: TestBed): Promise<void> =>
  void (await eventually("a monitor that the daemon speaks to", BACK_WITHIN_MS, async () => {
    const { ok } = await kubelet.isReady("RuntimeReady");
    return ok || undefined;
  }));

export const killInLife = async (bed: TestBed, point: Point): Promise<Swept> => {
  const findings: string[] = [];
  const order = { folders: storesOf(bed), only: WORTH_IT, deed: deedAt(point) };
  const mark = markOf(point);
  let step: string | undefined;
  await attempt(findings, async () => {
    const { died, traced } = await strike(
      bed,
      order,
      () => bed.daemon.start(),
      async (patient) => {
        await attempt(findings, async () => findings.push(...(await live(bed, patient, { mark }))));
      },
    );
    if (died) step = stepOf(traced, point, bed);
    await isReady(bed);
  });
  return { findings, ...(step !== undefined && { step }) };
};

/** `sh -c GATE FIFO COMMAND…` waits for a word before it becomes COMMAND. */
const GATE = 'read -r word < "$0"; exec "$@"';

/** The daemon begins under the tracer's eyes. Resolves when it serves, or was killed. */
const startTraced = async (daemon: TestDaemon, bed: TestBed, order: Omit<Order, "pid">): Promise<Traced> => {
  const gate = join(bed.logs, `gate-${Date.now()}`);
  makeFifo(gate);
  const serving = daemon.start(["sh", "-c", GATE, gate]);
  serving.catch(() => {}); // killed, as it was meant
  const traced = await trace({ pid: daemon.life().pid, gate, ...order });
  await Promise.race([serving.catch(() => {}), daemon.life().ended]);
  return traced;
};

export const killInStart = async (bed: TestBed, point: Point): Promise<Swept> => {
  const { daemon, kubelet } = bed;
  const findings: string[] = [];
  let step: string | undefined;
  const mark = markOf(point);
  await attempt(findings, async () => {
    const pod = await kubelet.runPod(kubelet.podConfig(mark));
    const app = await kubelet.run(pod, "app", `: ${mark}; trap 'exit 3' TERM; while :; do usleep 5000; done`);
    const created = await kubelet.create(pod, kubelet.appConfig("created", "exit 4"));
    const init = await eventually("the container's process", 2000, () => initOf(mark));
    await daemon.kill();
    const traced = await startTraced(daemon, bed, { folders: storesOf(bed), only: WORTH_IT, deed: deedAt(point) });
    if (await hasEnded(daemon.life())) {
      step = stepOf(traced, point, bed);
      await daemon.start();
    } else await traced.end();
    await isReady(bed);
    if (!isThere(init)) findings.push("the container was killed");
    await kubelet.start(created);
    const { exit_code: own } = await kubelet.exited(created);
    await kubelet.stop(app, 5);
    const { exit_code: asked } = await kubelet.status(app);
    if (own !== 4 || asked !== 3)
      findings.push(`the containers were to end with 4 and 3, and did with ${own} and ${asked}`);
    await kubelet.endPod(pod);
  });
  return { findings, ...(step !== undefined && { step }) };
};
