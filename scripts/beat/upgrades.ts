/**
 * The monitor's program is replaced in place, again and again, while containers write, end and are started anew and commands
 * run in them: it must remain the same process, every exit be the planned one and every line be there once.
 */
import { setTimeout as pause } from "node:timers/promises";
import { askDaemon } from "../../src/cli/daemon.ts";
import { monitorOf } from "../../spec/support/daemon.ts";
import { numbersFrom } from "../../spec/support/seeded.ts";
import type { Kubelet, Pod } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { programOf } from "../demo/witness.ts";
import { runLane } from "./lane.ts";

export interface UpgradesPlan {
  readonly seed: number;
  readonly upgrades: number;
  /** At a time. */
  readonly containers: number;
}

export interface Upgraded {
  readonly upgrades: number;
  /** In all. */
  readonly containers: number;
  readonly lines: number;
  readonly findings: readonly string[];
}

const LANES_OF_A_POD = 5;
const LONGEST_PAUSE_MS = 250;

export const upgradeUnderLoad = async (
  { daemon, kubelet }: TestBed,
  { seed, upgrades, containers }: UpgradesPlan,
  tell: (text: string) => void,
): Promise<Upgraded> => {
  const findings: string[] = [];
  let over = false;
  const isOver = (): boolean => over;
  const pods = await Promise.all(
    Array.from({ length: Math.ceil(containers / LANES_OF_A_POD) }, (_, n) =>
      kubelet.runPod(kubelet.podConfig(`load-${seed}-${n}`), { handler: n % 2 === 0 ? "crun" : "runc" }),
    ),
  );
  const lanes = Array.from({ length: containers }, (_, n) => {
    const pod = pods[n % pods.length] as Pod;
    return runLane(kubelet, pod, `lane-${n}`, numbersFrom(seed * 1000 + n), isOver);
  });
  const commands = Promise.all(pods.map((pod) => runCommands(kubelet, pod, isOver)));

  const random = numbersFrom(seed);
  let done = 0;
  for (; done < upgrades; done++) {
    await pause(random(LONGEST_PAUSE_MS));
    const before = monitorOf(daemon);
    const program = before === undefined ? "" : programOf(before);
    const begun = performance.now();
    try {
      await askDaemon(daemon.runDir, "POST", "/monitor/upgrade");
    } catch (error) {
      findings.push(`upgrade ${done + 1} failed: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const after = monitorOf(daemon);
    if (after !== before || after === undefined)
      findings.push(`upgrade ${done + 1} left monitor ${after} in place of ${before}`);
    else if (programOf(after) === program) findings.push(`upgrade ${done + 1} did not replace the monitor's program`);
    tell(`upgrade ${done + 1} of ${upgrades}: ${Math.round(performance.now() - begun)} ms`);
  }
  over = true;
  const ends = await Promise.all(lanes);
  findings.push(...ends.flatMap((end) => end.findings), ...(await commands).flat());
  await Promise.all(pods.map((pod) => kubelet.endPod(pod)));
  const sum = (of: (end: (typeof ends)[number]) => number): number => ends.reduce((total, end) => total + of(end), 0);
  return { upgrades: done, containers: sum((end) => end.containers), lines: sum((end) => end.lines), findings };
};

const COMMAND_CODE = 5;

/** Commands in one container that lives all the time. */
const runCommands = async (kubelet: Kubelet, pod: Pod, over: () => boolean): Promise<readonly string[]> => {
  const findings: string[] = [];
  const id = await kubelet.run(pod, "host", "trap 'exit 0' TERM; while :; do sleep 0.1; done");
  for (let n = 1; !over(); n++) {
    try {
      const { stdout, code } = await kubelet.exec(id, "/bin/sh", "-c", `echo ${n}; exit ${COMMAND_CODE}`);
      if (code !== COMMAND_CODE || stdout !== `${n}\n`)
        findings.push(`command ${n} answered ${JSON.stringify(stdout)} and ended with ${code}`);
    } catch (error) {
      findings.push(`command ${n} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    await pause(LONGEST_PAUSE_MS);
  }
  await kubelet.stop(id, 5);
  return findings;
};
