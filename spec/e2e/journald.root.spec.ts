import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { JOURNALD_SOCKET } from "../../src/drivers/logs/journald.ts";
import { eventually } from "../support/eventually.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { JournaldSocket, type Message } from "../support/journald-socket.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("a node with log_to_journald", inTestNode, () => {
  let bed: TestBed;
  let journald: JournaldSocket;
  before(async () => {
    mkdirSync(dirname(JOURNALD_SOCKET), { recursive: true });
    journald = new JournaldSocket(JOURNALD_SOCKET);
    bed = await testBed({ name: "journald", runtimeSettings: ["log_to_journald = true"] });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    journald.close();
    rmSync("/run/systemd", { recursive: true });
  });

  it("has each line in the container's log and in the journal, under the name that CRI-O would give it", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const id = await kubelet.run(pod, "speaker", "echo to both; echo a warning >&2; exec sleep 1000");
    await kubelet.logged(pod, "speaker", "a warning");
    const received: Message[] = [];
    await eventually("all lines", () => {
      received.push(...journald.take().filter(({ CONTAINER_ID_FULL }) => CONTAINER_ID_FULL === id));
      return received.length >= 2;
    });
    assert.deepEqual(received.map(({ MESSAGE, PRIORITY }) => `${MESSAGE} ${PRIORITY}`).toSorted(), [
      "a warning 3",
      "to both 6",
    ]);
    for (const { CONTAINER_NAME = "" } of received) assert.match(CONTAINER_NAME, /^k8s_speaker_pod_[^_]+_[^_]+_0$/);
    assert.match(readFileSync(join(bed.logs, "pod", "speaker.log"), "utf8"), / stdout F to both\n/);
    await kubelet.endPod(pod);
  });
});
