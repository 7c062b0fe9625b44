import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { initOf, isThere, parentOf } from "../../scripts/demo/witness.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type AppConfig, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const counting = "trap 'echo over; exit 3' TERM; i=0; while :; do echo $i; i=$((i + 1)); usleep 2000; done";
/** Ends when a file appears in the folder that it shares with the spec; `#` and the rest is a mark to find it by. */
const waiting = (code: number): string =>
  `while [ ! -e /shared/go-${code} ]; do usleep 2000; done; exit ${code} # waits`;

describe("kill -9 of the monitor", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let shared: string;
  before(async () => {
    bed = await testBed({ name: "monitor" });
    shared = join(bed.logs, "shared");
  });
  beforeEach(async () => {
    mkdirSync(shared);
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
  });
  afterEach(async (spec) => {
    await bed.kubelet.endPod(pod);
    rmSync(shared, { recursive: true });
    rmSync(join(bed.logs, "pod"), { recursive: true, force: true });
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const sharing = (): AppConfig => ({ mounts: [{ container_path: "/shared", host_path: shared }] });
  const runWaiting = (code: number): Promise<string> => bed.kubelet.run(pod, `job-${code}`, waiting(code), sharing());
  const letGo = (code: number): void => writeFileSync(join(shared, `go-${code}`), "");
  const initOfWaiting = (code: number): Promise<number> =>
    eventually(`the process of job ${code}`, 2000, () => initOf(waiting(code)));
  /** Resolves when it is dead, with when there is another one that the daemon speaks to. */
  const killMonitor = async (): Promise<{ readonly back: Promise<unknown> }> => {
    const pid = monitorOf(bed.daemon);
    assert.ok(pid, "there is a monitor");
    const back = bed.daemon.line((line) => /monitor-link .* → connected /.test(line));
    back.catch(() => {}); // awaited by who needs another one
    await killAndAwait(pid);
    return { back };
  };
  const wholeLog = (name: string): number => {
    const lines = bed.kubelet.log(pod, name).filter((line) => line !== "over");
    assert.deepEqual(
      lines,
      lines.map((_, n) => `${n}`),
      "each line once, in its order",
    );
    return lines.length;
  };
  const moreLines = async (name: string): Promise<void> => {
    const so = bed.kubelet.log(pod, name).length;
    await eventually("more lines", 5000, () => bed.kubelet.log(pod, name).length > so + 20 || undefined);
  };

  it("exits while it is down are known all the same, and no line of a log is lost or doubled", async () => {
    const { kubelet } = bed;
    const app = await kubelet.run(pod, "app", counting);
    for (const code of [7, 0, 42]) {
      const job = await runWaiting(code);
      const pid = await initOfWaiting(code);
      const { back } = await killMonitor();
      letGo(code);
      const { exit_code, reason } = await kubelet.exited(job);
      assert.deepEqual([exit_code, reason], [code, code === 0 ? "Completed" : "Error"]);
      assert.ok(!isThere(pid));
      await back;
      await moreLines("app");
    }
    await kubelet.stop(app, 10);
    assert.equal((await kubelet.exited(app)).exit_code, 3);
    assert.ok(wholeLog("app") > 60);
    assert.equal(kubelet.log(pod, "app").at(-1), "over");
  });

  it("a container that outlived it stops as it should, with its code", async () => {
    const { kubelet } = bed;
    const app = await kubelet.run(pod, "app", counting);
    await moreLines("app");
    const { back } = await killMonitor();
    await kubelet.stop(app, 10);
    const { exit_code, reason } = await kubelet.status(app);
    assert.deepEqual([exit_code, reason], [3, "Error"]);
    await back;
    wholeLog("app");
  });

  it("new containers run under the next monitor, beside those that outlived the first", async () => {
    const { kubelet } = bed;
    const old = await runWaiting(7);
    const pid = await initOfWaiting(7);
    await (
      await killMonitor()
    ).back;
    const fresh = await runWaiting(8);
    assert.equal(parentOf(await initOfWaiting(8)), monitorOf(bed.daemon));
    assert.notEqual(parentOf(pid), monitorOf(bed.daemon));
    assert.equal(await kubelet.shell(old, "echo still"), "still");
    letGo(7);
    letGo(8);
    assert.equal((await kubelet.exited(old)).exit_code, 7);
    assert.equal((await kubelet.exited(fresh)).exit_code, 8);
  });

  it("calls under way when it dies fail in words or do well; asked again they do well", async () => {
    const { kubelet } = bed;
    for (const delay of [2, 8, 16, 30]) {
      const name = `app-${delay}`;
      const creating = kubelet.create(pod, kubelet.appConfig(name, "exit 5")).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, delay));
      const { back } = await killMonitor();
      const outcome = await creating;
      if (outcome instanceof Error) assert.match(outcome.message, /monitor/);
      await back;
      const id = await kubelet.create(pod, kubelet.appConfig(name, "exit 5"));
      await kubelet.start(id);
      assert.equal((await kubelet.exited(id)).exit_code, 5);
      await kubelet.remove(id);
    }
  });

  it("both killed: what runs goes on under the same pid, and an exit that nobody saw is Unknown, never a number of ours", async () => {
    const { kubelet, daemon } = bed;
    const app = await kubelet.run(pod, "app", counting);
    const job = await runWaiting(7);
    const later = await runWaiting(9);
    const [jobPid, laterPid] = [await initOfWaiting(7), await initOfWaiting(9)];
    const appPid = await eventually("the process of app", 2000, () => initOf(counting));
    await moreLines("app");
    await daemon.kill();
    await killMonitor();
    letGo(7);
    await eventually("the end of the job", 2000, () => !isThere(jobPid) || undefined);
    assert.ok(isThere(appPid) && isThere(laterPid), "containers run on");
    await daemon.start();

    const lost = await kubelet.status(job);
    assert.equal(lost.state, ContainerState.CONTAINER_EXITED);
    assert.deepEqual([lost.exit_code, lost.reason], [255, "Unknown"]);
    assert.match(lost.message, /^the exit code is not known: .*(both down|no monitor to see it)/);
    assert.equal((await kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
    assert.equal(initOf(counting), appPid);
    await moreLines("app");
    letGo(9);
    assert.equal((await kubelet.exited(later)).exit_code, 9);
    await kubelet.stop(app, 10);
    assert.equal((await kubelet.exited(app)).exit_code, 3);
    wholeLog("app");
  });

  it("the daemon killed alone: exits meanwhile are told by the monitor, with their codes and times", async () => {
    const { kubelet, daemon } = bed;
    const jobs = [await runWaiting(7), await runWaiting(0)];
    const pids = [await initOfWaiting(7), await initOfWaiting(0)];
    await daemon.kill();
    const atMs = Date.now();
    letGo(7);
    letGo(0);
    await eventually("their end", 2000, () => pids.every((pid) => !isThere(pid)) || undefined);
    const untilMs = Date.now();
    await daemon.start();
    const found = await Promise.all(jobs.map((id) => kubelet.status(id)));
    assert.deepEqual(
      found.map(({ exit_code }) => exit_code),
      [7, 0],
    );
    for (const { finished_at } of found) {
      const ms = Number(BigInt(finished_at) / 1_000_000n);
      assert.ok(ms >= atMs - 5 && ms <= untilMs + 5, "finished when it did, not when it was told");
    }
  });

  it("without a daemon it stays while a container runs, and leaves when there is nothing left to do", async () => {
    const { kubelet, daemon } = bed;
    const job = await runWaiting(7);
    const monitor = monitorOf(daemon);
    await daemon.kill();
    await daemon.start();
    assert.equal(monitorOf(daemon), monitor);
    await kubelet.remove(job);
    await daemon.kill();
    await eventually("the end of the monitor", 5000, () => monitorOf(daemon) === undefined || undefined);
    await daemon.start();
  });
});
