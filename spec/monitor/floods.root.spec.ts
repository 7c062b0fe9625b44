/** What the monitor's main thread notices of containers that flood their logs: how long its answers take, from outside. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inTestNode } from "../support/in-test-node.ts";
import { setStreamScene, type Running } from "./support/scene.ts";

const CONTAINERS = 20;
const QUESTIONS = 400;
/** Of one core that all share, with twenty writers that want it, and the asking itself. */
const LONGEST_P99_MS = 100;

describe("the monitor, under containers that flood their logs", inTestNode, () => {
  const scene = setStreamScene();

  it(`answers while ${CONTAINERS} of them do`, async () => {
    const flood = "while [ ! -e /go ]; do busybox usleep 10000; done; while [ ! -e /stop ]; do cat /block; done";
    const containers: Running[] = [];
    for (let number = 0; number < CONTAINERS; number++) {
      const container = await scene.launch({ command: ["sh", "-c", flood] });
      writeFileSync(join(container.bundle, "rootfs", "block"), `${"x".repeat(99)}\n`.repeat(2000));
      containers.push(container);
    }
    const [asked] = containers;
    assert(asked);
    const answers = async (): Promise<string> => {
      const took: number[] = [];
      for (let question = 0; question < QUESTIONS; question++) {
        const begun = performance.now();
        assert.equal((await scene.daemon.link.look(asked.id, asked.init)).is, "running");
        took.push(performance.now() - begun);
        await sleep(2);
      }
      const [p50 = 0, p99 = Infinity] = [0.5, 0.99].map((share) => took.toSorted((a, b) => a - b)[QUESTIONS * share]);
      assert(p99 <= LONGEST_P99_MS, `p99 is ${p99} ms`);
      return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
    };
    const say = (file: string): void =>
      containers.forEach(({ bundle }) => writeFileSync(join(bundle, "rootfs", file), ""));
    const quiet = await answers();
    say("go");
    const begun = performance.now();
    const flooded = await answers();
    say("stop");
    const seconds = (performance.now() - begun) / 1000;
    const mb = containers.reduce((sum, { logPath }) => sum + statSync(logPath).size, 0) / 1e6;
    console.log(`# quiet: ${quiet}; ${(mb / seconds).toFixed(0)} MB/s into ${CONTAINERS} logs: ${flooded}`);
    for (const { id } of containers) await scene.daemon.exitOf(id);
    await scene.putAway(...containers);
  });
});
