import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("daemon and monitor of versions that are too far apart", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "apart" });
    newerTroupe();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const newer = (): string => join(bed.logs, "newer");
  /** This Troupe, but for the versions of the protocol that it speaks. */
  const newerTroupe = (): void => {
    for (const part of ["src", "proto", "package.json"])
      cpSync(join(root, part), join(newer(), part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(newer(), "node_modules"));
    const protocol = join(newer(), "src/monitor/protocol.ts");
    const changed = readFileSync(protocol, "utf8").replace(/(SPOKEN: Versions =) .*;/, "$1 { oldest: 3, newest: 4 };");
    assert.match(changed, /SPOKEN: Versions = { oldest: 3, newest: 4 };/);
    writeFileSync(protocol, changed);
  };
  /** Its daemon, in the place of the bed's, while `work` goes on; then it is killed. */
  const withNewerDaemon = async (work: (lines: readonly string[]) => Promise<void>): Promise<void> => {
    const program = join(newer(), "src/cli/main.ts");
    const args = [program, "serve", "--config", join(bed.place, "troupe.toml")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
    try {
      await eventually(
        "the newer daemon",
        20_000,
        () => lines.some((line) => line.includes("serving CRI")) || undefined,
      );
      await work(lines);
    } catch (error) {
      console.log(lines.slice(-40).join("\n"));
      throw error;
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  };
  const isReady = (): Promise<unknown> =>
    eventually("RuntimeReady", 20_000, async () => (await bed.kubelet.isReady("RuntimeReady")).ok || undefined);
  const isToldEverywhere = async (lines: readonly string[], words: string): Promise<void> => {
    await eventually("RuntimeReady false", 10_000, async () => {
      const { ok, reason, message } = await bed.kubelet.isReady("RuntimeReady");
      return (!ok && reason === "MonitorUnreachable" && message.includes(words)) || undefined;
    });
    assert.equal(lines.filter((line) => line.includes(`the monitor cannot be worked with: ${words};`)).length, 1);
  };
  /** What needs no monitor goes on; what needs one is refused in words; nobody is killed or doubled. */
  const isServed = async (pod: Pod, app: string, monitor: number): Promise<void> => {
    const { kubelet } = bed;
    assert.equal((await kubelet.podStatus(pod)).state, 0);
    assert.equal((await kubelet.status(app)).state, 1);
    await assert.rejects(kubelet.create(pod, kubelet.appConfig("late", "true"), { deadlineMs: 5000 }), {
      message: /no connection to the monitor|the monitor speaks protocol/,
    });
    assert.equal(monitorOf(bed.daemon), monitor);
    assert.ok(isThere(initOf("sleep\u00007401") ?? 0));
  };

  it("a daemon that is too new for the monitor: told on both sides' behalf; the monitor keeps its containers", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "exec sleep 7401");
    await eventually("the process of app", 2000, () => initOf("sleep\u00007401"));
    const monitor = monitorOf(daemon)!;
    await daemon.kill();
    await withNewerDaemon(async (lines) => {
      await isToldEverywhere(
        lines,
        "the monitor speaks protocol 1 to 2, this daemon 3 to 4; replace the monitor by a version in between first",
      );
      await isServed(pod, app, monitor);
    });
    await daemon.start();
    await isReady();
    assert.equal(monitorOf(daemon), monitor);
    assert.equal(await kubelet.shell(app, "echo on"), "on");
    await kubelet.endPod(pod);
  });

  it("a daemon that is too old for the monitor: told, the monitor is left alone, and the next daemon works with it", async () => {
    const { kubelet, daemon } = bed;
    let [pod, app, monitor] = [{} as Pod, "", 0];
    await daemon.kill();
    await killAndAwait(monitorOf(daemon));
    await withNewerDaemon(async () => {
      await isReady();
      pod = await kubelet.runPod(kubelet.podConfig("pod"));
      app = await kubelet.run(pod, "app", "exec sleep 7401");
      await eventually("the process of app", 2000, () => initOf("sleep\u00007401"));
      monitor = monitorOf(daemon)!;
    });
    const before = daemon.lines.length;
    await daemon.start();
    await isToldEverywhere(
      daemon.lines.slice(before),
      "the monitor speaks protocol 3 to 4, this daemon 1 to 2; replace the daemon by a version in between first",
    );
    await isServed(pod, app, monitor);
    await daemon.kill();
    await withNewerDaemon(async () => {
      await isReady();
      assert.equal(monitorOf(daemon), monitor);
      assert.equal(await kubelet.shell(app, "echo on"), "on");
      await kubelet.endPod(pod);
    });
    await killAndAwait(monitor);
    await daemon.start();
    await isReady();
    rmSync(join(bed.logs, "pod"), { recursive: true, force: true });
  });
});
