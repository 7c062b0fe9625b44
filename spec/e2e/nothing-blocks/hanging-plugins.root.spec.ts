import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { askDaemon } from "../../../src/cli/daemon.ts";
import { Bystanders, prompt } from "../../support/bystanders.ts";
import { within } from "../../../scripts/slow.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { scriptedBed, type ScriptedPlugin } from "../../support/scripted-plugin.ts";
import type { TestBed } from "../../support/test-bed.ts";

const many = 20;
/** For each one before it that hangs a permit is out for a second, four of them at a time. */
const newcomerMs = within(10_000);

describe("twenty CNI plugins that hang", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  before(async () => {
    ({ bed, plugin } = await scriptedBed("adds"));
  });
  afterEach((spec) => {
    plugin.reset();
    return bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const waiting = (words: RegExp): Promise<unknown> =>
    eventually(`${many} that say ${words.source}`, 20_000, async () => {
      const waits = (await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[];
      return waits.filter((line) => line.startsWith("attachment/") && words.test(line)).length === many || undefined;
    });
  const life = async (name: string): Promise<void> => {
    const { kubelet } = bed;
    const pod = await prompt("RunPodSandbox", kubelet.runPod(kubelet.podConfig(name)), newcomerMs);
    const app = await kubelet.run(pod, "app", "exit 3");
    assert.equal((await kubelet.exited(app)).exit_code, 3);
    await kubelet.endPod(pod);
  };

  it("in ADD: all other pods go on, new ones come, and theirs come when the plugins are done", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 2);
    plugin.hold("ADD", "stuck-");
    const stuck = Array.from({ length: many }, (_, n) => kubelet.runPod(kubelet.podConfig(`stuck-${n}`)));
    await bystanders.goOn();
    await waiting(
      /is adding, it waits for add \(network\.attach: plugin scripted, ADD.*\), since .*, for at most 180\.0 s/,
    );
    await bystanders.goOn();
    await life("newcomer");
    const first = kubelet.podConfig("stuck-0");
    await assert.rejects(kubelet.runPod(first, { deadlineMs: 2000 }), {
      code: "DEADLINE_EXCEEDED",
      message: /attachment\/[0-9a-f]{64} is adding, it waits for add \(network\.attach: plugin scripted, ADD/,
    });
    plugin.release();
    for (const pod of await Promise.all(stuck)) await kubelet.endPod(pod);
  });

  it("in DEL: all other pods go on and end, and theirs end when the plugins are done", async () => {
    const { kubelet } = bed;
    const bystanders = await Bystanders.gather(bed, 1);
    const stuck = await Promise.all(
      Array.from({ length: many }, (_, n) => kubelet.runPod(kubelet.podConfig(`stuck-${n}`))),
    );
    plugin.hold("DEL", "stuck-");
    const ends = stuck.map((pod) => kubelet.endPod(pod));
    await life("early");
    await waiting(/is deleting, it waits for delete \(network\.detach: plugin scripted, DEL.*\), since /);
    await bystanders.goOn();
    await life("newcomer");
    plugin.release();
    await Promise.all(ends);
  });
});
