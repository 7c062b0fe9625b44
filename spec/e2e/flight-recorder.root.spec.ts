/** What a daemon leaves in /run of its life, whatever ended it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { textsIn } from "../../src/drivers/flight/reading.ts";
import { explainedIn } from "../../src/inspect/explained.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { Picture } from "../../src/inspect/picture.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { Replayer } from "../../src/inspect/replay.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("the flight recorder of a daemon", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "flight" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const recorded = (): readonly FlightRecord[] => {
    const { records, damaged } = readLines(textsIn(join(bed.place, "run", "flight")).join(""));
    assert.equal(damaged, 0);
    return records;
  };
  const pictured = (records: readonly FlightRecord[]): Picture => {
    const picture = new Picture();
    for (const record of records) picture.apply(record);
    return picture;
  };

  it("has a pod's whole life, which runs again through the charts to the same ends", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("web"));
    const app = await kubelet.run(pod, "app", "echo hello; sleep 7101");
    const running = pictured(recorded());
    assert.equal(running.actors.get(`container/${app}`)?.state, "running");
    assert.deepEqual(running.actors.get(`container/${app}`)?.name?.container, "app");
    assert.equal(running.actors.get(`sandbox/${pod.id}`)?.name?.pod, "web");
    assert.equal(running.podOf(`container/${app}`), pod.id);
    await kubelet.endPod(pod);

    const records = recorded();
    const after = pictured(records);
    assert.equal(after.gaps, 0);
    assert.deepEqual(
      [...after.actors.keys()].filter((id) => id.includes(pod.id)),
      [],
    );
    assert.deepEqual(after.rpcs.size, 0);
    const replayer = new Replayer();
    for (const record of records) replayer.apply(record);
    const { steps, agreed, unkeyed, first } = replayer.result;
    assert.equal(first, undefined);
    assert.ok(steps > 60, `${steps} transitions`);
    assert.deepEqual([agreed, unkeyed], [steps, 0]);
  });

  it("tells of a daemon that was killed where each actor was and what it waited for", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("stubborn"));
    const app = await kubelet.run(pod, "app", "trap '' TERM; while :; do sleep 1; done");
    const stop = kubelet.cri.call("StopContainer", { container_id: app, timeout: "60" }).catch(() => undefined);
    await eventually("the stop", 5000, () =>
      pictured(recorded()).actors.get(`container/${app}`)?.state === "stopping.waiting" ? true : undefined,
    );
    await bed.daemon.kill();
    await stop;
    const picture = pictured(recorded());
    const explanation = explainedIn(picture, `container/${app}`);
    assert.equal(explanation?.state, "stopping.waiting");
    assert.equal(explanation?.waitsFor, "exited");
    assert.equal(explanation?.until?.what, "deadline");
    assert.deepEqual(
      [...picture.rpcs.values()].map(({ method, actor }) => [method, actor]),
      [["StopContainer", `container/${app}`]],
    );
    await bed.daemon.start();
    assert.equal(pictured(recorded()).rpcs.size, 0);
    await bed.kubelet.endPod(pod);
  });
});
