/** One life of a pod under a plan that kills something in the midst of it, and what was found wrong with it. */
import { release } from "node:os";
import { askDaemon } from "../../src/cli/daemon.ts";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import { eventually, type Pod } from "../../spec/support/kubelet.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import type { Gate } from "./gate.ts";
import { wrongLines } from "./lines.ts";
import { Patient } from "./patient.ts";
import type { Plan, Step } from "./plan.ts";
import { Strike, type Hit } from "./strike.ts";

/** Writes lines until it is asked to end. */
const LOGGER = "trap 'echo over; exit 3' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.002; done";
const LOGGER_CODE = 3;
const HOST_PORT = 18_080;
/** How late its last lines may come. */
const LATE_MS = 2000;

export interface Lived {
  readonly findings: readonly string[];
  /** What was really killed, and where. */
  readonly hits: readonly Hit[];
}

interface Started {
  readonly id: string;
  /** Of its log. */
  readonly name: string;
}

/** Linux 6.15 and newer tell the exit of a process whose parent, the monitor, has died. */
const tellsOrphans = ([major = 0, minor = 0] = release().split(".").map(Number)): boolean =>
  major > 6 || (major === 6 && minor >= 15);

export const live = async (bed: TestBed, gate: Gate, plan: Plan): Promise<Lived> => {
  const strike = new Strike(bed, gate, plan);
  const findings: string[] = [];
  try {
    const patient = new Patient(bed.kubelet, () => strike.over());
    await goThrough(patient, strike, plan, bed.daemon.runDir, findings);
  } catch (error) {
    findings.push(`the life could not go on: ${error instanceof Error ? error.message : String(error)}`);
  }
  await strike.end();
  return { findings, hits: strike.hits };
};

const goThrough = async (
  patient: Patient,
  strike: Strike,
  plan: Plan,
  runDir: string,
  findings: string[],
): Promise<void> => {
  const { kubelet } = patient;
  /** Created and started; a start that failed for good is followed by the next attempt, as a kubelet does. */
  const run = async (pod: Pod, app: string, script: string, create: Step, start: Step): Promise<Started> => {
    for (let attempt = 0; ; attempt++) {
      const name = `${app}-${attempt}`;
      const config = kubelet.appConfig(name, script, { metadata: { name: app, attempt } });
      const id = await strike.during(create, () => patient.create(pod, config));
      await strike.during(start, () => patient.start(id));
      const { reason, message } = await patient.insist(() => kubelet.status(id));
      if (reason !== "StartError") return { id, name };
      // That the runtime was killed in its start is for the container what any failure of it is.
      if (plan.victim !== "tool") findings.push(`${app} could not be started: ${message}`);
      await patient.insist(() => kubelet.remove(id));
    }
  };
  const mayBeUnknown = ({ reason }: ContainerStatus): boolean =>
    reason === "Unknown" && (strike.bothDownIn !== undefined || (plan.victim === "monitor" && !tellsOrphans()));
  const expectEnd = (what: string, code: number, end: ContainerStatus): void => {
    const { exit_code, reason, message } = end;
    if (exit_code !== code && !mayBeUnknown(end))
      findings.push(`${what} was to end with ${code}, and its status says ${exit_code} (${reason}: ${message})`);
  };

  const port = { container_port: 80, host_port: HOST_PORT };
  const config = kubelet.podConfig(`beat-${plan.seed}`, { port_mappings: [port] });
  const pod = await strike.during("run", () => patient.runPod(config, plan.runtime));
  const logger = await run(pod, "logger", LOGGER, "create", "start");
  const job = await run(pod, "job", `sleep ${plan.jobMs / 1000}; exit ${plan.jobCode}`, "job", "job");
  await strike.during("exec", () => patient.insist(() => kubelet.shell(logger.id, "echo in")));
  // Only where it is the plan, for it takes longer than all the rest; it may fail of the blow.
  if ("step" in plan.at && plan.at.step === "upgrade")
    await strike.during("upgrade", () => askDaemon(runDir, "POST", "/monitor/upgrade").catch(() => undefined));
  const jobEnd = await strike.during("status", () => patient.insist(() => kubelet.exited(job.id)));
  expectEnd("the job", plan.jobCode, jobEnd);
  const before = await patient.insist(() => kubelet.status(logger.id));
  if (before.state !== ContainerState.CONTAINER_RUNNING)
    findings.push(`the logger does not run any more: ${before.exit_code}, ${before.reason}: ${before.message}`);

  await strike.during("stop", () => patient.insist(() => kubelet.stop(logger.id, 5)));
  const end = await patient.insist(() => kubelet.status(logger.id));
  expectEnd("the logger", LOGGER_CODE, end);
  const remove = (): Promise<unknown> => Promise.all([logger, job].map(({ id }) => kubelet.remove(id)));
  await strike.during("remove", () => patient.insist(remove));
  // What it wrote while there was no monitor comes into its log with the next one, and what is removed is read to its end.
  const lastLine = (): string | undefined => kubelet.log(pod, logger.name).at(-1);
  const last = eventually("the last line", LATE_MS, () => (lastLine() === "over" ? true : undefined));
  const isWhole = await last.catch(() => false);
  const lines = kubelet.log(pod, logger.name);
  // What is still in a FIFO goes with the container and its last two readers.
  if (!isWhole && strike.bothDownIn !== "stop")
    findings.push(`the last of ${lines.length} lines of the logger is ${JSON.stringify(lines.at(-1))}`);
  findings.push(...wrongLines("the logger", isWhole ? lines.slice(0, -1) : lines));

  await strike.during("end", () => patient.insist(() => kubelet.endPod(pod)));
};
