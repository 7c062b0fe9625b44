/** Recordings of a real daemon: saved while it lives and after it was killed, of all and of one pod, and executed again. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { tick } from "../../scripts/sim/tick.ts";
import { recordingFrom } from "../../src/cli/recording-file.ts";
import type { Tape } from "../../src/fuzz/choices.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import type { Watcher } from "../../src/fuzz/watcher.ts";
import { podsIn, titleOf } from "../../src/inspect/pod-excerpt.ts";
import { kindOf } from "../../src/vocabulary/index.ts";
import { troupe } from "../support/command.ts";
import { followed } from "../support/followed-fork.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const AGREE = /^(\d+) of \1 transitions agree$/m;

describe("a recording of a daemon", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "recordings" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  /** Saves, executes again, and answers what was said and what is in the file. */
  const saved = async (name: string, ...args: string[]) => {
    const [file, runDir] = [join(bed.place, name), join(bed.place, "run")];
    const { status, text, complaint } = await troupe(undefined, "record", "-o", file, "--run-dir", runDir, ...args);
    assert.equal(status, 0, complaint);
    const again = await troupe(undefined, "replay", file);
    assert.equal(again.status, 0, again.text + again.complaint);
    assert.match(again.text, AGREE);
    assert.ok(!again.text.includes("beginning is not in the recording"), again.text);
    const recording = recordingFrom(readFileSync(file, "utf8"));
    rmSync(file);
    return { text, ...recording };
  };

  it("has the lives of all its pods or of one, and each transition agrees, also after it was killed", async () => {
    const { kubelet, daemon } = bed;
    const web = await kubelet.runPod(kubelet.podConfig("web"));
    const app = await kubelet.run(web, "app", "sleep 7301");
    const other = await kubelet.runPod(kubelet.podConfig("other"));
    const alive = await saved("alive.html");
    assert.match(alive.text, /pods: .*web.*other/);
    assert.equal(alive.about?.records, alive.records.length);

    const one = await saved("web.html", "--pod", web.id.slice(0, 10));
    assert.deepEqual(
      podsIn(one.records).map(({ id }) => id),
      [web.id],
    );
    assert.deepEqual(one.about?.pods, podsIn(one.records).map(titleOf));
    assert.ok(!JSON.stringify(one.records).includes(other.id), "what is another pod's is not in it");
    assert.ok(one.records.some((record) => record.kind === "call" && record.by === `container/${app}`));
    assert.ok(one.records.some((record) => record.kind === "rpc" && record.method === "RunPodSandbox"));

    await daemon.kill();
    const dead = await saved("dead.ndjson", "--since", "1h");
    assert.ok(dead.records.length >= alive.records.length);
    const none = await saved("quiet.ndjson", "--since", "0s");
    const keys = none.records.flatMap((record) => (record.kind === "key" ? [record.actor] : []));
    assert.ok(keys.includes(`container/${app}`) && keys.includes(`sandbox/${other.id}`), keys.join(", "));

    await daemon.start();
    await kubelet.endPod(web);
    await kubelet.endPod(other);
    const lives = await saved("lives.html");
    assert.equal(lives.records.filter((record) => record.kind === "opened" && record.begun).length, 2);
    const ring = await troupe(undefined, "replay", join(bed.place, "run"));
    assert.match(ring.text, AGREE);

    // A fork that is told what was goes the way that was, wherever it begins.
    const forks = Array.from({ length: 24 }, (_, n) => Math.round(((n + 1) * lives.records.length) / 25));
    const ways = forks.flatMap((place) => followed(lives.records, place, web.id) ?? []);
    for (const { recorded, forked } of ways) assert.deepEqual(forked, recorded);
    const followedSteps = ways.reduce((sum, { recorded }) => sum + recorded.length, 0);
    assert.ok(followedSteps > 50, `${ways.length} forks, ${followedSteps} transitions`);

    // The same as a seed: a simulated pod does what this one did, death and all.
    const [runDir, seed] = [join(bed.place, "run"), join(bed.place, "seed.json")];
    const made = await troupe(undefined, "replay", runDir, "--save-seed", seed, "--pod", "web");
    assert.equal(made.status, 0, made.complaint);
    assert.match(made.text, /comes by (\d+) of the \1 states that are recorded\n {2}again: /, made.text);
    const { tape } = JSON.parse(readFileSync(seed, "utf8")) as { tape: Tape };
    rmSync(seed);
    const visited = new Set<string>();
    const watcher: Watcher = { moved: ({ actor, to }) => void visited.add(`${kindOf(actor)} ${to}`) };
    assert.deepEqual((await rehearse({ tape }, { stage: setStage(), tick, watcher })).findings, []);
    const ours = lives.records.flatMap((record) =>
      record.kind === "step" && record.state !== undefined && record.actor === `sandbox/${web.id}` ? record.state : [],
    );
    assert.ok(ours.length > 10);
    for (const state of ours) assert.ok(visited.has(`sandbox ${state}`), state);
  });
});
