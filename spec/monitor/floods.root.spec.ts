/**
 * What the monitor's main thread notices of containers that flood their logs: how late its event loop is, measured in the monitor,
 * and how long its answers take, from outside.
 */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inTestNode } from "../support/in-test-node.ts";
import { loopDelay, watchedLoop, type LoopDelay } from "../support/loop-delay.ts";
import { setStreamScene, type Running } from "./support/scene.ts";

const CONTAINERS = 20;
const QUESTIONS = 400;
/** Of one core that all share, with twenty writers that want it, and the asking itself. */
const LONGEST_P99_MS = 100;
/** Of the event loop, beyond what the thread waited for a core. */
const LATEST_P99_MS = 2;
const DELAYS = "/run/troupe-spec-loop-delay";

const words = ({ p50, p99, max, ownP99, ownMax }: LoopDelay): string =>
  `late by ${p50.toFixed(2)} ms (p50), ${p99.toFixed(2)} (p99), ${max.toFixed(1)} at most, by its own doing ${ownP99.toFixed(2)} (p99), ${ownMax.toFixed(1)} at most`;

describe("the monitor, under containers that flood their logs", inTestNode, () => {
  const scene = setStreamScene((runDir) => watchedLoop(DELAYS, runDir));

  it(`answers while ${CONTAINERS} of them do, and is not late by its own doing`, async (t) => {
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
    await loopDelay(scene.pid, DELAYS);
    const quiet = `${await answers()}; ${words(await loopDelay(scene.pid, DELAYS))}`;
    say("go");
    const begun = performance.now();
    const flooded = await answers();
    const delay = await loopDelay(scene.pid, DELAYS);
    say("stop");
    const seconds = (performance.now() - begun) / 1000;
    const mb = containers.reduce((sum, { logPath }) => sum + statSync(logPath).size, 0) / 1e6;
    t.diagnostic(`quiet: ${quiet}`);
    t.diagnostic(`${(mb / seconds).toFixed(0)} MB/s into ${CONTAINERS} logs: ${flooded}; ${words(delay)}`);
    assert(delay.ownP99 <= LATEST_P99_MS, words(delay));
    for (const { id } of containers) await scene.daemon.exitOf(id);
    await scene.putAway(...containers);
    rmSync(DELAYS);
  });
});
