/**
 * One life of a pod under a plan that kills something in the middle of it. The client has a kubelet's habits: a call that
 * failed is looked into by a List or a Status, and made again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { CriError } from "../../src/grpc/client.ts";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { killAndAwait, monitorOf } from "../../spec/support/daemon.ts";
import type { AppConfig, Pod, PodConfig } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import type { Plan, Step } from "./plan.ts";
import { killTool } from "./tool.ts";

const LOGGER = "i=0; trap 'exit 3' TERM; while :; do i=$((i+1)); echo line $i; sleep 0.002; done";
const LOGGER_CODE = 3;
const UNKNOWN_CODE = 255;
const TRIES = 40;

export interface Lived {
  readonly findings: readonly string[];
  /** What was really killed, for the record. */
  readonly killed: string;
}

export const live = async ({ daemon, kubelet }: TestBed, plan: Plan): Promise<Lived> => {
  const findings: string[] = [];
  let killed = "nothing was in flight";
  let blow: Promise<void> = Promise.resolve();

  const strike = async (): Promise<void> => {
    await pause(plan.afterMs);
    const monitor = monitorOf(daemon);
    if (plan.victim === "tool") {
      killed = (await killTool(daemon.runDir)) ?? killed;
      return;
    }
    killed = plan.victim;
    if (plan.victim === "monitor" || plan.victim === "both") if (monitor !== undefined) await killAndAwait(monitor);
    if (plan.victim === "daemon" || plan.victim === "both") {
      await daemon.kill();
      await daemon.start();
    }
  };
  /** Makes the step, with the blow in the middle of it where the plan says so. */
  const step = async <Result>(name: Step, work: () => Promise<Result>): Promise<Result> => {
    if (plan.at === name && plan.victim !== "nobody") blow = strike();
    const result = await work();
    await blow;
    return result;
  };
  /** Asks until it is done; `look` says whether a call that failed was done all the same. */
  const insist = async <Result>(
    ask: () => Promise<Result>,
    look: () => Promise<Result | undefined>,
  ): Promise<Result> => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof CriError) || tries === TRIES) throw error;
        await blow;
        await pause(25); // a kubelet's next sync comes in seconds
        const done = await look().catch(() => undefined);
        if (done !== undefined) return done;
      }
    }
  };
  const again = async (): Promise<undefined> => undefined;

  const config: PodConfig = kubelet.podConfig(`beat-${plan.seed}`);
  const handler = plan.runtime;
  const findPod = async (): Promise<Pod | undefined> => {
    const { items } = await kubelet.cri.call("ListPodSandbox", {
      filter: { state: { state: PodSandboxState.SANDBOX_READY } },
    });
    const found = items.find(({ metadata }) => metadata?.uid === config.metadata?.uid);
    if (found) kubelet.ids.add(found.id);
    return found && { id: found.id, config };
  };
  const findApp = async (pod: Pod, app: AppConfig): Promise<string | undefined> => {
    const { containers } = await kubelet.cri.call("ListContainers", { filter: { pod_sandbox_id: pod.id } });
    const found = containers.find(
      ({ metadata }) => metadata?.name === app.metadata?.name && metadata?.attempt === app.metadata?.attempt,
    );
    return found?.id;
  };
  const hasStarted = async (id: string): Promise<true | undefined> => {
    const { state } = await kubelet.status(id);
    return state === ContainerState.CONTAINER_RUNNING || state === ContainerState.CONTAINER_EXITED ? true : undefined;
  };
  /** Created and started; a start that failed for good is followed by the next attempt, as a kubelet does. */
  const run = async (pod: Pod, name: string, script: string, create: Step, start: Step): Promise<string> => {
    for (let attempt = 0; ; attempt++) {
      const app = kubelet.appConfig(name, script, { metadata: { name, attempt } });
      const id = await step(create, () =>
        insist(
          () => kubelet.create(pod, app),
          () => findApp(pod, app),
        ),
      );
      await step(start, () =>
        insist(
          () => kubelet.start(id).then(() => true as const),
          () => hasStarted(id),
        ),
      );
      const status = await kubelet.status(id);
      if (status.reason !== "StartError") return id;
      if (plan.victim !== "tool") findings.push(`${name} could not be started: ${status.message}`);
      await insist(() => kubelet.remove(id), again);
    }
  };

  const pod = await step("run", () => insist(() => kubelet.runPod(config, { handler }), findPod));
  const logger = await run(pod, "logger", LOGGER, "create", "start");
  const job = await run(pod, "job", `sleep ${plan.jobMs / 1000}; exit ${plan.jobCode}`, "job", "job");
  await step("exec", () => insist(() => kubelet.shell(logger, "echo in"), again));
  const jobEnd: ContainerStatus = await step("status", () => insist(() => kubelet.exited(job), again));
  const excused = plan.victim === "both" && jobEnd.exit_code === UNKNOWN_CODE && jobEnd.reason === "Unknown";
  if (jobEnd.exit_code !== plan.jobCode && !excused)
    findings.push(
      `the job ended with ${plan.jobCode}, and its status says ${jobEnd.exit_code} (${jobEnd.reason}: ${jobEnd.message})`,
    );
  const before = await insist(() => kubelet.status(logger), again);
  if (before.state !== ContainerState.CONTAINER_RUNNING)
    findings.push(`the logger does not run any more: ${before.exit_code}, ${before.reason}: ${before.message}`);

  await step("stop", () => insist(() => kubelet.stop(logger, 5), again));
  const end = await insist(() => kubelet.status(logger), again);
  const unknown = end.exit_code === UNKNOWN_CODE && plan.victim === "both" && plan.at === "stop";
  if (end.exit_code !== LOGGER_CODE && !unknown)
    findings.push(
      `the logger was to end with ${LOGGER_CODE}, and its status says ${end.exit_code} (${end.reason}: ${end.message})`,
    );
  findings.push(...wrongLines(kubelet.log(pod, "logger")));

  await step("remove", () => insist(() => Promise.all([logger, job].map((id) => kubelet.remove(id))), again));
  await step("end", () => insist(() => kubelet.endPod(pod), again));
  await blow;
  return { findings, killed };
};

/** Lines are numbered from 1: none may be missing, and none be there twice. */
const wrongLines = (lines: readonly string[]): string[] => {
  const wrong = lines.findIndex((line, i) => line !== `line ${i + 1}`);
  if (lines.length === 0) return ["the logger's log is empty"];
  return wrong < 0
    ? []
    : [
        `of ${lines.length} lines, number ${wrong + 1} is ${JSON.stringify(lines[wrong])} after ${JSON.stringify(lines[wrong - 1])}`,
      ];
};
