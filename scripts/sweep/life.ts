/** The demo's life as a kubelet leads it, whatever happens to the daemon meanwhile: an image, a pod, a container; and all of it gone. */
import { ContainerState } from "../../src/grpc/messages/container.ts";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { eventually } from "../../spec/support/kubelet.ts";
import { wrongLines } from "../beat/lines.ts";
import type { Patient } from "../beat/patient.ts";
import { initOf, isThere } from "../demo/witness.ts";

const CODE = 3;
const script = (mark: string): string =>
  `: ${mark}; trap 'echo over; exit ${CODE}' TERM; i=0; while :; do i=$((i+1)); echo line $i; usleep 4000; done`;

export interface LifeOptions {
  /** This life's alone. */
  readonly mark: string;
  /** A start may fail for good: then the next attempt follows, as a kubelet makes it. */
  readonly startMayFail?: true;
}

/** What was found wrong. */
export const live = async (
  { image }: Pick<TestBed, "image">,
  patient: Patient,
  { mark, startMayFail }: LifeOptions,
): Promise<readonly string[]> => {
  const { kubelet } = patient;
  const findings: string[] = [];
  const expect = (what: string, came: unknown, expected: unknown): void => {
    if (!Object.is(came, expected)) findings.push(`${what}: expected ${String(expected)}, came ${String(came)}`);
  };
  await patient.insist(() => kubelet.cri.call("RemoveImage", { image: { image } }));
  await patient.insist(() => kubelet.cri.call("PullImage", { image: { image } }));
  const { image: pulled } = await patient.insist(() => kubelet.cri.call("ImageStatus", { image: { image } }));
  expect("the name of the image that was pulled", pulled?.repo_tags.join(), image);

  const pod = await patient.runPod(kubelet.podConfig(mark), "");
  let log = "";
  const create = (attempt: number): Promise<string> => {
    log = `app-${attempt}`;
    return patient.create(pod, kubelet.appConfig(log, script(mark), { metadata: { name: "app", attempt } }));
  };
  let id = await create(0);
  await patient.start(id);
  const { state: begun } = await patient.insist(() => kubelet.status(id));
  if (startMayFail && begun === ContainerState.CONTAINER_EXITED) {
    await patient.insist(() => kubelet.remove(id));
    id = await create(1);
    await patient.start(id);
  }
  const init = await eventually("the container's process", 2000, () => initOf(mark));
  expect("what a command says", await patient.insist(() => kubelet.shell(id, "echo in")), "in");
  const running = await patient.insist(() => kubelet.status(id));
  expect("its state", running.state, ContainerState.CONTAINER_RUNNING);
  expect("its process lives", isThere(init) && initOf(mark) === init, true);

  await patient.insist(() => kubelet.stop(id, 5));
  const { state, exit_code, reason, message } = await patient.insist(() => kubelet.status(id));
  expect("its state after Stop", state, ContainerState.CONTAINER_EXITED);
  expect(`its exit code (${reason}: ${message})`, exit_code, CODE);
  expect("its process is gone", isThere(init), false);
  await patient.insist(() => kubelet.remove(id));
  const lines = kubelet.log(pod, log);
  expect("its last line", lines.at(-1), "over");
  findings.push(...wrongLines("the container", lines.slice(0, -1)));
  await patient.insist(() => kubelet.endPod(pod));
  const { items } = await patient.insist(() => kubelet.cri.call("ListPodSandbox", {}));
  expect("pods in the list", items.length, 0);
  return findings;
};
