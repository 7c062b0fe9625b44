/** What the commands say of a pod whose network plugin does not come back: of a daemon that lives, one that is stuck, and one that is dead. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { troupeAtTerminal, troupeIn, type Said } from "../support/command.ts";
import { eventually } from "../support/kubelet.ts";
import { hang, scriptedBed, type ScriptedBed } from "../support/scripted-plugin.ts";

describe("a pod whose network plugin hangs", inTestNode, () => {
  let scripted: ScriptedBed;
  before(async () => {
    scripted = await scriptedBed("stuck");
  });
  afterEach((spec) => scripted.bed.leavesNothing(spec));
  after(() => scripted.bed.end());

  const troupe = (...args: readonly string[]): Promise<Said> => troupeIn(scripted.bed.place, ...args);
  /** As the lines are wrapped, the words of one sentence may be on two. */
  const oneLine = ({ text }: Said): string => text.replace(/\s+/g, " ");

  const namesTheCause = (said: Said): void => {
    assert.match(oneLine(said), /e2e\/stalled is stuck/);
    assert.match(oneLine(said), /waits for add: the CNI plugins' ADD \(network\.attach\)/);
    assert.match(oneLine(said), /ends when it is done, or as a failure in/);
    assert.match(oneLine(said), /asked by RunPodSandbox/);
    assert.match(oneLine(said), /docs\/stuck\.md#attachment-add/);
  };

  it("is explained with its true cause by a daemon that lives, that is stopped, and that is dead", async () => {
    const { bed, plugin } = scripted;
    const { kubelet, daemon } = bed;
    plugin.on("ADD", hang);
    const asked = kubelet.runPod(kubelet.podConfig("stalled"), { deadlineMs: 60_000 }).catch(() => undefined);
    const pid = await plugin.hanging();
    const stuck = ["--stuck-after", "0"];

    const live = await troupe("explain", "stalled", ...stuck);
    assert.equal(live.status, 1, live.complaint);
    namesTheCause(live);
    assert.equal((await troupe("explain", "e2e/stalled")).status, 0, "it has not been stuck for half a minute");

    process.kill(daemon.life().pid, "SIGSTOP");
    const wedged = await troupe("explain", "stalled", ...stuck);
    process.kill(daemon.life().pid, "SIGCONT");
    assert.equal(wedged.status, 3);
    assert.match(oneLine(wedged), /^the daemon does not answer within 1\.0 s; its process \d+ is there\./);
    namesTheCause(wedged);

    await daemon.kill();
    await asked;
    const dead = await troupe("explain", "stalled", ...stuck);
    assert.equal(dead.status, 3);
    assert.match(oneLine(dead), /^no daemon answers on .*; its process \d+ has ended\./);
    namesTheCause(dead);

    plugin.reset();
    process.kill(pid, "SIGKILL");
    await daemon.start();
  });

  it("is followed by top, also over the death of the daemon and into the life of the next one", async (test) => {
    const { bed } = scripted;
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("followed"));
    const top = troupeAtTerminal(bed.place, "top");
    const drawn = (): string => top.drawn().split("\x1b[H").at(-1) ?? "";
    const shows = async (words: RegExp): Promise<void> => {
      await eventually(String(words), 20_000, () => words.test(drawn()) || undefined).catch((error: unknown) => {
        top.press("\x03"); // what still runs would keep the spec from its end
        throw new Error(`top shows instead:\n${drawn()}`, { cause: error });
      });
    };
    const { pid } = daemon.life();
    await shows(new RegExp(`^.{0,10}troupe [\\d.]+, process ${pid}\\b`));
    await shows(/e2e\/followed /);

    const stopped = performance.now();
    process.kill(pid, "SIGSTOP");
    await shows(/the daemon is there and has not answered for \d/).finally(() => process.kill(pid, "SIGCONT"));
    const ms = Math.round(performance.now() - stopped);
    assert.ok(ms < within(4_000), `said after ${ms} ms`);
    test.diagnostic(`that the daemon is stopped was said after ${ms} ms`);
    await shows(new RegExp(`^.{0,10}troupe [\\d.]+, process ${pid}\\b`));

    top.press("/followed\r");
    await shows(/filter: followed/);
    top.press("\r"); // of one part the whole pod is explained
    await shows(/e2e\/followed is at rest: nothing is awaited.*attachment \w+ attached.*sandbox \w+ ready/s);
    top.press("q");
    await shows(/filter: followed/);
    top.press("\x1b");
    await daemon.kill();
    await shows(new RegExp(`no daemon answers: this is what troupe [\\d.]+, process ${pid} recorded`));
    await daemon.start();
    await shows(new RegExp(`^.{0,10}troupe [\\d.]+, process ${daemon.life().pid}\\b`));
    await kubelet.endPod(pod);
    top.press("q");
    assert.equal(await top.ended, 0);
  });
});
