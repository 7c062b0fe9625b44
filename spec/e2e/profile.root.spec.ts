/** Profiles of a daemon at work, as the command takes them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { wedge, withBusyHook } from "../support/busy-loop.ts";
import { troupe, type Said } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

interface CpuProfile {
  readonly nodes: readonly { readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

describe("a profile of the daemon", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "profile", nodeArgs: withBusyHook(500) });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const file = (): string => join(bed.place, "logs", "taken");
  const profile = (...args: readonly string[]): Promise<Said> =>
    troupe(undefined, "profile", ...args, "--run-dir", join(bed.place, "run"));
  /** As the command asks, and with a way to leave. */
  const ask = (path: string) => {
    const asked = request({ socketPath: join(bed.place, "run", "inspect.sock"), method: "POST", path });
    const answer = new Promise<{ status: number; text: string }>((resolve) => {
      asked.once("error", () => resolve({ status: 0, text: "" }));
      asked.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("close", () => resolve({ status: response.statusCode ?? 0, text }));
      });
    });
    asked.end();
    return { answer, leave: () => asked.destroy() };
  };

  /** Until another one is refused because of this. */
  const underWay = (what: string): Promise<true> =>
    eventually("a refusal", 10_000, async () => {
      const { status, text } = await ask("/profile/heap?seconds=0").answer;
      return (status === 500 && text.includes(`${what} is being taken`)) || undefined;
    });

  it("of its CPU names the function that kept it busy; it serves meanwhile", async () => {
    const { kubelet } = bed;
    const taking = profile("cpu", "--seconds", "4", "-o", file());
    await eventually("the file", 10_000, () => existsSync(file()) || undefined);
    const busy = setInterval(() => wedge(bed.daemon.life().pid), 1_000);
    await kubelet.endPod(await kubelet.runPod(kubelet.podConfig("pod")));
    const { status, text, complaint } = await taking;
    clearInterval(busy);
    assert.deepEqual([status, complaint], [0, ""]);
    assert.equal(text, `${file()}: open it in Chrome's DevTools, Performance, Load profile\n`);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file(), "utf8")) as CpuProfile;
    assert.ok(nodes.some(({ callFrame }) => callFrame.functionName === "busyHook"));
    assert.ok(nodes.some(({ callFrame }) => callFrame.url.startsWith("file://")));
    assert.equal(samples.length, timeDeltas.length);
    assert.ok(samples.length > 500 && samples.length <= 8_000, `${samples.length} samples`);
    const again = await profile("cpu", "-o", file());
    assert.deepEqual(
      [again.status, again.complaint],
      [2, `troupe profile: ${file()} is there already; name another file with -o\n`],
    );
    rmSync(file());
  });

  it("of its heap has no content of it", async () => {
    const { kubelet } = bed;
    const taking = profile("heap", "--seconds", "3", "-o", "-");
    await underWay("a heap profile of 3 s");
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const secret = "d1sc10sed-n0where";
    const id = await kubelet.run(pod, "app", `echo ${secret}`);
    const { status, text } = await taking;
    await kubelet.remove(id);
    await kubelet.endPod(pod);
    assert.equal(status, 0);
    const { head } = JSON.parse(text) as { head: { selfSize: number; children: readonly unknown[] } };
    assert.ok(head.children.length > 0);
    assert.ok(!text.includes(secret));
  });

  it("is taken by one at a time, and ends when who asked has gone", async () => {
    const first = ask("/profile/cpu?seconds=60");
    await underWay("a cpu profile of 60 s");
    first.leave();
    await eventually("the next profile", 10_000, async () =>
      (await ask("/profile/cpu?seconds=1").answer).status === 200 ? true : undefined,
    );
  });

  it("is refused in words where it can never be taken", async () => {
    const long = await profile("cpu", "--seconds", "61", "-o", file());
    assert.deepEqual([long.status, long.complaint], [2, "troupe profile: a profile takes 1 to 60 whole seconds\n"]);
    assert.ok(!existsSync(file()));
    const nothing = await profile("threads");
    assert.equal(nothing.status, 2);
    assert.match(nothing.complaint, /^troupe profile: usage: troupe profile cpu\|heap/);
    const nowhere = await profile("cpu", "-o", join(bed.place, "absent", "file"));
    assert.match(nowhere.complaint, /cannot be made: ENOENT/);
    assert.match((await ask("/profile/snapshot?seconds=1").answer).text, /there is no POST \/profile\/snapshot/);
  });
});
