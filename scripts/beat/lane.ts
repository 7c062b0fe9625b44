/** One container after another in a pod: each writes numbered lines and ends with a planned code; both are held against CRI. */
import { setTimeout as pause } from "node:timers/promises";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import type { Kubelet, Pod } from "../../spec/support/kubelet.ts";
import { within } from "../slow.ts";
import { writer, wrongLines } from "./lines.ts";

export interface LaneEnd {
  readonly containers: number;
  readonly lines: number;
  readonly findings: readonly string[];
}

const LOOK_EVERY_MS = 50;
const END_WITHIN_MS = within(60_000);

/** `random`: whole numbers below its argument. Ends with the container that runs when `over` comes true. */
export const runLane = async (
  kubelet: Kubelet,
  pod: Pod,
  lane: string,
  random: (below: number) => number,
  over: () => boolean,
): Promise<LaneEnd> => {
  const findings: string[] = [];
  let [containers, lines] = [0, 0];
  while (!over()) {
    const name = `${lane}-${++containers}`;
    const [burst, bursts, code] = [1 + random(40), 1 + random(40), random(120)];
    const count = burst * bursts;
    lines += count;
    try {
      findings.push(...(await runOne(kubelet, pod, name, writer(count, burst, 20 + random(60), code), code, count)));
    } catch (error) {
      findings.push(`${name} could not go on: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { containers, lines, findings };
};

const runOne = async (
  kubelet: Kubelet,
  pod: Pod,
  name: string,
  script: string,
  code: number,
  count: number,
): Promise<readonly string[]> => {
  const id = await kubelet.run(pod, name, script);
  const { exit_code, reason, message } = await ended(kubelet, id);
  const wrongExit =
    exit_code === code ? [] : [`${name} ended with ${code}, and its status says ${exit_code} (${reason}: ${message})`];
  const findings = [...wrongExit, ...wrongLines(name, kubelet.log(pod, name), count)];
  await kubelet.remove(id);
  return findings;
};

/** Asked more rarely than a spec would: twenty of these are to leave the node to its containers. */
const ended = async (kubelet: Kubelet, id: string): Promise<ContainerStatus> => {
  for (const until = performance.now() + END_WITHIN_MS; ; await pause(LOOK_EVERY_MS)) {
    const status = await kubelet.status(id);
    if (status.state === ContainerState.CONTAINER_EXITED) return status;
    if (performance.now() > until) throw new Error(`it has not ended within ${END_WITHIN_MS} ms`);
  }
};
