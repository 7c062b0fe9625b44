import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import { method, services, type MethodName } from "../../src/grpc/contract.ts";
import { reflection } from "../../src/grpc/reflection.ts";
import { answers, answerTo, isIgnored, used, type Answer } from "../support/bad-answers.ts";
import { badMessages, ways, type BadMessage, type Message } from "../support/bad-messages.ts";
import { goodRequests } from "../support/good-requests.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { sent, type Sent } from "../support/sent.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const calls = Object.values(services)
  .flat()
  .map(({ name }) => name);

/** A second's work of a slow machine; a daemon that stalls is ten times behind that. */
const answeredWithinMs = within(5000);
const LONGEST_SENTENCE = 1000;

/** What each call says to a request in which nothing is: "OK", or the words of an INVALID_ARGUMENT. */
const emptyAnswers: Readonly<Record<MethodName, string>> = {
  Version: "OK",
  RunPodSandbox: "config is missing",
  StopPodSandbox: "pod_sandbox_id is empty",
  RemovePodSandbox: "pod_sandbox_id is empty",
  PodSandboxStatus: "pod_sandbox_id is empty",
  ListPodSandbox: "OK",
  StreamPodSandboxes: "OK",
  CreateContainer: "config is missing",
  StartContainer: "container_id is empty",
  StopContainer: "container_id is empty",
  RemoveContainer: "container_id is empty",
  ListContainers: "OK",
  StreamContainers: "OK",
  ContainerStatus: "container_id is empty",
  UpdateContainerResources: "linux is missing",
  ReopenContainerLog: "container_id is empty",
  ExecSync: "container_id is empty",
  Exec: "container_id is empty",
  Attach: "container_id is empty",
  PortForward: "pod_sandbox_id is empty",
  ContainerStats: "container_id is empty",
  ListContainerStats: "OK",
  StreamContainerStats: "OK",
  PodSandboxStats: "pod_sandbox_id is empty",
  ListPodSandboxStats: "OK",
  StreamPodSandboxStats: "OK",
  UpdateRuntimeConfig: "OK",
  Status: "OK",
  CheckpointContainer: "container_id is empty",
  CheckpointPod: "CheckpointPod is not there yet: checkpoints are of single containers",
  RestorePod: "RestorePod is not there yet: checkpoints are not read yet",
  GetContainerEvents: "OK",
  ListMetricDescriptors: "OK",
  ListPodSandboxMetrics: "OK",
  StreamPodSandboxMetrics: "OK",
  RuntimeConfig: "OK",
  UpdatePodSandboxResources: "pod_sandbox_id is empty",
  ListImages: "OK",
  StreamImages: "OK",
  ImageStatus: "image is missing",
  PullImage: "image is missing",
  RemoveImage: "image is missing",
  ImageFsInfo: "OK",
};

/** What is wrong with an answer; undefined: nothing. */
const fault = ({ code, text, tookMs }: Sent, expected: Answer): string | undefined => {
  if (tookMs > answeredWithinMs) return `took ${Math.round(tookMs)} ms`;
  if (code !== expected.code) return `${code}, not ${expected.code}: ${text.slice(0, 200)}`;
  if (expected.words && !expected.words.test(text))
    return `says "${text.slice(0, 300)}", not ${String(expected.words)}`;
  if (text.length > LONGEST_SENTENCE) return `says ${text.length} characters`;
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001f]/.test(text) ? `says control characters: ${JSON.stringify(text.slice(0, 300))}` : undefined;
};

describe("a request of each call that is bad in one place", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    bed = await testBed({ name: "badreq" });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "sleep 100000");
    bed.rebase();
  });
  after(async () => {
    try {
      await bed.leavesNothing();
    } finally {
      await bed.kubelet.endPod(pod);
      await bed.end();
    }
  });

  /** Takes away what a request has made that was not so bad after all. */
  const undo = async (name: MethodName, { answer }: Sent): Promise<void> => {
    const { kubelet } = bed;
    if (name === "RunPodSandbox") await kubelet.endPod({ id: String(answer?.["pod_sandbox_id"]) });
    if (name === "CreateContainer") await kubelet.remove(String(answer?.["container_id"]));
  };

  /** After each request: what a kubelet asks all the time. */
  const isWell = async (): Promise<string | undefined> => {
    const [{ items }, { containers }] = await Promise.all([
      bed.kubelet.cri.call("ListPodSandbox", {}, { deadlineMs: answeredWithinMs }),
      bed.kubelet.cri.call("ListContainers", {}, { deadlineMs: answeredWithinMs }),
    ]);
    const ids = [...items, ...containers].map(({ id }) => id);
    return ids.join() === [pod.id, app].join() ? undefined : `left ${ids.join()}`;
  };

  const tried = async (name: MethodName, { what, place, message }: BadMessage): Promise<readonly string[]> => {
    const outcome = await sent(bed.kubelet.cri, name, message);
    if (outcome.code === "OK") await undo(name, outcome);
    const faults = [fault(outcome, answerTo(name, place, what)), await isWell()];
    return faults.flatMap((one) => (one === undefined ? [] : [`${place}, ${what}: ${one}`]));
  };

  for (const name of calls)
    it(`${name}: each place is answered by its row of the table, and the daemon is well`, async () => {
      const good: Message = goodRequests(bed, pod, app)[name];
      const type = reflection.lookupType(method(name).request.coder.name);
      const bad = ways.flatMap((way) => badMessages(type, good, way, (place) => isIgnored(name, place)));
      const faults: string[] = [];
      for (const one of bad) faults.push(...(await tried(name, one)));
      assert.deepEqual(faults, []);
    });

  it("with nothing in it is refused in words by the calls that need something, and each call is in the table", async () => {
    assert.deepEqual(Object.keys(emptyAnswers).toSorted(), calls.toSorted());
    for (const name of calls) {
      const leaving = new AbortController();
      const answered = sent(bed.kubelet.cri, name, {}, leaving.signal);
      // Events have no end; calls of one connection arrive in their order.
      if (name === "GetContainerEvents") {
        await bed.kubelet.cri.call("Version", {});
        leaving.abort();
      }
      const { code, text } = await answered;
      const expected = name === "GetContainerEvents" ? "Cancelled on client" : emptyAnswers[name];
      assert.equal(code === "OK" ? code : text, expected, name);
      assert.equal(await isWell(), undefined);
    }
  });

  it("fits a row of the table, and each row is there for one", () => {
    assert.deepEqual(
      answers.filter((row) => !used.has(row)),
      [],
    );
  });
});
