/**
 * One pod after another, as a kubelet has them: a web server's stand-in that writes and is probed each second or so, beside it
 * a job that writes numbered lines, ends with a planned code and is put anew; then all is stopped and removed.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import { CriError } from "../../src/grpc/client.ts";
import { eventually, type AppConfig, type Pod } from "../../spec/support/kubelet.ts";
import { writer, wrongLines } from "../beat/lines.ts";
import type { Patient } from "../beat/patient.ts";
import type { Deaths } from "./deaths.ts";
import { within } from "../slow.ts";

/** Writes a line each second; ends at once, with a code of its own, when it is asked to. */
const SERVER = "trap 'exit 3' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 1 & wait $!; done";
const SERVER_CODE = 3;
const PROBE_MS = 1000;
const LOOK_MS = 250;
const LONGEST_LIFE_MS = 25_000;
const SHORTEST_LIFE_MS = 6_000;
const END_WITHIN_MS = within(60_000);
/** How late its last lines may come. */
const LATE_MS = 10_000;

export interface Tally {
  pods: number;
  jobs: number;
  probes: number;
  lines: number;
  /** Exits whose code nobody could know any more: of what has outlived its monitor. */
  unknown: number;
  readonly findings: string[];
}

export interface LifeOptions {
  readonly patient: Patient;
  readonly deaths: Deaths;
  readonly random: (below: number) => number;
  readonly tally: Tally;
}

/** `untilMs` is of performance.now(): no pod comes after it, and the last one goes soon. */
export const livePods = async (slot: string, untilMs: number, options: LifeOptions): Promise<void> => {
  while (performance.now() < untilMs) {
    const name = `${slot}-${++options.tally.pods}`;
    try {
      await liveOnce(name, untilMs, options);
    } catch (error) {
      options.tally.findings.push(`${name} could not go on: ${error instanceof Error ? error.message : String(error)}`);
      await pause(PROBE_MS);
    }
  }
};

const liveOnce = async (name: string, untilMs: number, options: LifeOptions): Promise<void> => {
  const { patient, random, tally } = options;
  const { kubelet } = patient;
  const handler = random(4) === 0 ? "runc" : "crun";
  const lifeMs = SHORTEST_LIFE_MS + random(LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
  const until = Math.min(untilMs, performance.now() + lifeMs);
  const pod = await patient.runPod(kubelet.podConfig(name), handler);
  const server = await begin(pod, "server", SERVER, options);
  const over = (): boolean => performance.now() >= until;
  await Promise.all([probe(server, over, options), work(pod, over, options)]);
  await patient.insist(() => kubelet.stop(server.id, 10));
  const lines = await ended("the server", pod, server, SERVER_CODE, options);
  tally.lines += lines.length;
  tally.findings.push(...wrongLines(`the server of ${name}`, lines));
  await patient.insist(() => kubelet.remove(server.id));
  await patient.insist(() => kubelet.endPod(pod));
};

interface Begun {
  readonly id: string;
  readonly name: string;
  /** How many monitors had died by then. */
  readonly monitors: number;
}

const begin = async (pod: Pod, app: string, script: string, { patient, deaths }: LifeOptions): Promise<Begun> => {
  const { kubelet } = patient;
  for (let attempt = 0; ; attempt++) {
    const monitors = deaths.ofMonitor;
    const name = `${app}-${attempt}`;
    const config: AppConfig = kubelet.appConfig(name, script, { metadata: { name: app, attempt } });
    const id = await patient.create(pod, config);
    await patient.start(id);
    const { reason, message } = await patient.insist(() => kubelet.status(id));
    if (reason !== "StartError") return { id, name, monitors };
    if (!deaths.fellSince(monitors)) throw new Error(`${app} could not be started: ${message}`);
    await patient.insist(() => kubelet.remove(id));
  }
};

/** A command in the container each second or so. One that fails beside a death is a probe's lot. */
const probe = async ({ id }: Begun, over: () => boolean, options: LifeOptions): Promise<void> => {
  const { patient, deaths, random, tally } = options;
  for (let n = 1; !over(); n++) {
    await pause(PROBE_MS / 2 + random(PROBE_MS));
    tally.probes++;
    const before = deaths.isAtWork ? undefined : deaths.count;
    try {
      const { stdout, code } = await patient.kubelet.exec(id, "/bin/sh", "-c", `echo ${n}; exit ${n % 3}`);
      if ((code !== n % 3 || stdout !== `${n}\n`) && before === deaths.count)
        tally.findings.push(`probe ${n} of ${id} answered ${JSON.stringify(stdout)} and ended with ${code}`);
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      if (before === deaths.count) tally.findings.push(`probe ${n} of ${id} failed: ${error.message}`);
    }
  }
};

/** One job after another. */
const work = async (pod: Pod, over: () => boolean, options: LifeOptions): Promise<void> => {
  const { patient, random, tally } = options;
  for (let n = 1; !over(); n++) {
    const [burst, bursts, code] = [1 + random(20), 1 + random(10), random(120)];
    const count = burst * bursts;
    const job = await begin(pod, `job-${n}`, writer(count, burst, 20 + random(300), code), options);
    const lines = await ended("the job", pod, job, code, options, count);
    tally.jobs++;
    tally.lines += count;
    tally.findings.push(...wrongLines(`${job.name} of ${pod.config.metadata?.name}`, lines, count));
    await patient.insist(() => patient.kubelet.remove(job.id));
  }
};

/** Waits for its end, holds its code against the planned one; its lines, all of them if `count` says how many there are. */
const ended = async (
  what: string,
  pod: Pod,
  { id, name, monitors }: Begun,
  code: number,
  { patient, deaths, tally }: LifeOptions,
  count = 0,
): Promise<readonly string[]> => {
  const { kubelet } = patient;
  const status = await exited(patient, id);
  const { exit_code, reason, message } = status;
  if (reason === "Unknown" && deaths.fellSince(monitors)) tally.unknown++;
  else if (exit_code !== code)
    tally.findings.push(`${what} ${id} was to end with ${code}, its status says ${exit_code} (${reason}: ${message})`);
  const isWhole = (): true | undefined => kubelet.log(pod, name).length >= count || undefined;
  await eventually("the last line", LATE_MS, isWhole).catch(() => {}); // what is missing is told by who counts
  return kubelet.log(pod, name);
};

const exited = async (patient: Patient, id: string): Promise<ContainerStatus> => {
  for (const until = performance.now() + END_WITHIN_MS; ; await pause(LOOK_MS)) {
    const status = await patient.insist(() => patient.kubelet.status(id));
    if (status.state === ContainerState.CONTAINER_EXITED) return status;
    if (performance.now() > until) throw new Error(`${id} has not ended within ${END_WITHIN_MS} ms`);
  }
};
