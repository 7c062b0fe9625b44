import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { seal } from "../../src/drivers/records/envelope.ts";
import type { ContainerStatus } from "../../src/grpc/messages/container.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

interface Sealed {
  readonly sum: string;
  readonly by: string;
  readonly record: Record<string, unknown>;
}

const hourNs = 3_600_000_000_000n;

/**
 * The clock is the whole host's and has no namespace, so it is left alone. What a clock set back looks like to a daemon is had
 * all the same: what it finds was made in a time to come.
 */
describe("a clock that was set back an hour", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "clock" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const ahead = (kind: "sandbox" | "container", id: string): void => {
    const path = join(bed.daemon.runDir, kind, `${id}.json`);
    const { sum: _, by, ...content } = JSON.parse(readFileSync(path, "utf8")) as Sealed;
    const { record } = content;
    for (const field of ["createdAt", "startedAt"])
      if (typeof record[field] === "string") record[field] = `${BigInt(record[field]) + hourNs}`;
    writeFileSync(path, seal(content, { program: by, steps: [] }));
  };
  const inOrder = ({ created_at, started_at, finished_at }: ContainerStatus): void => {
    assert.ok(BigInt(created_at) > 0n && BigInt(created_at) <= BigInt(started_at), "started after it was created");
    assert.ok(BigInt(started_at) <= BigInt(finished_at), "finished after it was started");
  };

  it("what ran is served, stops within its grace and has its times in order; what is new too", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const deaf = await kubelet.run(pod, "deaf", "trap '' TERM; echo up; while :; do sleep 0.1; done");
    const job = await kubelet.run(pod, "job", "while [ ! -e /go ]; do usleep 5000; done; exit 7");
    const late = await kubelet.create(pod, kubelet.appConfig("late", "exit 5"));
    await kubelet.logged(pod, "deaf", "up");
    await daemon.kill();
    ahead("sandbox", pod.id);
    for (const id of [deaf, job, late]) ahead("container", id);
    await daemon.start();

    await kubelet.shell(job, "touch /go");
    const ended = await kubelet.exited(job);
    assert.equal(ended.exit_code, 7);
    inOrder(ended);
    await kubelet.start(late);
    inOrder(await kubelet.exited(late));
    const begun = performance.now();
    await kubelet.stop(deaf, 1);
    const took = performance.now() - begun;
    assert.ok(took > 900 && took < 6000, `${took} ms`);
    inOrder(await kubelet.status(deaf));

    const fresh = await kubelet.run(pod, "fresh", "exit 6");
    inOrder(await kubelet.exited(fresh));
    assert.ok(BigInt((await kubelet.podStatus(pod)).created_at) > BigInt((await kubelet.status(fresh)).created_at));
    await kubelet.endPod(pod);
  });
});
