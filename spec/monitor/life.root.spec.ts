import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { encode } from "../../src/monitor/framing.ts";
import { ownChildren, statOf } from "../../src/drivers/linux/process.ts";
import { programOf } from "../../scripts/demo/witness.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { daemonIn, gone, makeRunDir, monitorProgram, removeDirs, type Daemon } from "./support/daemon.ts";
import { PlainContainer } from "./support/plain-container.ts";

const UPGRADES = 10;

describe("the monitor's own life", inTestNode, () => {
  let runDir: string;
  let scratch: string;
  let daemon: Daemon;

  beforeEach(() => {
    runDir = makeRunDir();
    scratch = makeRunDir();
    daemon = daemonIn(runDir);
  });

  afterEach(() => {
    daemon.link.close();
    assert.deepEqual(readdirSync(runDir).toSorted(), ["exits", "monitor.lock", "monitor.log"]);
    assert.equal(readFileSync(join(runDir, "monitor.log"), "utf8"), "");
    removeDirs(runDir, scratch);
  });

  const putAway = async (container: PlainContainer): Promise<void> => {
    await daemon.link.acknowledge(container.id);
    container.delete();
    await daemon.link.forget(container.id);
  };

  it("is replaced in place under load, again and again: no exit unknown, no line lost or doubled", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const talker = new PlainContainer(scratch, {
      command: [
        "sh",
        "-c",
        "i=0; while [ ! -e /stop ]; do echo line $i; i=$((i+1)); busybox usleep 2000; done; exit 5",
      ],
    });
    await daemon.link.create(talker.request);
    talker.start();
    const took: number[] = [];
    for (let round = 0; round < UPGRADES; round++) {
      const brief = new PlainContainer(scratch, { command: ["sh", "-c", `exit ${round}`] });
      await daemon.link.create(brief.request);
      brief.start(); // and ends at any moment of the upgrade
      const begun = performance.now();
      const greeting = await daemon.link.upgrade();
      took.push(performance.now() - begun);
      assert.deepEqual([greeting.pid, greeting.version], [pid, "next"]);
      const { at: _, ...exit } = await daemon.exitOf(brief.id);
      assert.deepEqual(exit, { code: round, oomKilled: false });
      await putAway(brief);
    }
    writeFileSync(join(talker.bundle, "rootfs", "stop"), "");
    const { at: _, ...exit } = await daemon.exitOf(talker.id);
    assert.deepEqual(exit, { code: 5, oomKilled: false });
    await daemon.link.drain(talker.id, 5000);
    const lines = talker.output.split("\n").slice(0, -1);
    assert.deepEqual(
      lines,
      lines.map((_, index) => `line ${index}`),
    );
    assert(lines.length > UPGRADES);
    console.log(`# upgrades took ${took.map((ms) => ms.toFixed(0)).join(", ")} ms`);
    await putAway(talker);
    daemon.link.close();
    await gone(pid);
  });

  it("knows an orphan's exit after an upgrade, by the descriptor that it kept", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const container = new PlainContainer(scratch, {
      command: ["sh", "-c", "while [ ! -e /stop ]; do busybox usleep 5000; done; exit 3"],
    });
    await daemon.link.create(container.request);
    container.start();
    const lost = daemon.lost();
    process.kill(pid, "SIGKILL");
    await lost;
    const next = await daemon.link.connect(daemon.listener);
    assert.deepEqual(next.containers, [container.id]);
    await daemon.link.upgrade();
    writeFileSync(join(container.bundle, "rootfs", "stop"), "");
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 3, oomKilled: false });
    await putAway(container);
    daemon.link.close();
    await gone(next.pid);
  });

  it("is waited for while it is replaced, however long that takes: it alone knows of exits meanwhile", async () => {
    daemon.link.close();
    daemon = daemonIn(runDir, "first", join(import.meta.dirname, "support", "slow-program.ts"));
    const { pid } = await daemon.link.connect(daemon.listener);
    const container = new PlainContainer(scratch, {
      command: ["sh", "-c", "while [ ! -e /stop ]; do busybox usleep 5000; done; exit 3"],
    });
    const init = await daemon.link.create(container.request);
    container.start();
    const program = programOf(pid);
    const upgraded = daemon.link.upgrade();
    await eventually("its next program", 20_000, () => programOf(pid) !== program || undefined);
    writeFileSync(join(container.bundle, "rootfs", "stop"), "");
    await eventually("the container's end", 5000, () => statOf(init.pid)?.state === "Z" || undefined);
    const looked = await daemon.link.look(container.id, init);
    await upgraded;
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 3, oomKilled: false });
    assert.equal(looked.is === "exited" && "code" in looked.exit && looked.exit.code, 3);
    await putAway(container);
    daemon.link.close();
    await gone(pid);
  });

  it("answers after its replacement what it was asked before", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const flood = new PlainContainer(scratch, {
      command: ["sh", "-c", "while [ ! -e /stop ]; do echo line; done; exit 0"],
    });
    const init = await daemon.link.create(flood.request);
    flood.start();
    for (let round = 0; round < 5; round++) {
      const answers = [daemon.link.drain(flood.id, 20_000), daemon.link.look(flood.id, init)];
      await daemon.link.upgrade();
      assert.deepEqual(await Promise.all(answers), [undefined, { is: "running" }]);
    }
    writeFileSync(join(flood.bundle, "rootfs", "stop"), "");
    await daemon.exitOf(flood.id);
    await putAway(flood);
    daemon.link.close();
    await gone(pid);
  });

  it("goes on as it was when what is to replace it cannot be executed", async () => {
    daemon.link.close();
    daemon = daemonIn(runDir, "stuck", join(import.meta.dirname, "support", "stuck-program.ts"));
    const { pid } = await daemon.link.connect(daemon.listener);
    const container = new PlainContainer(scratch, { command: ["sh", "-c", "read line; echo $line"] });
    const upgraded = daemon.link.upgrade();
    const created = daemon.link.create(container.request); // waits for that, and does not fail of it
    await assert.rejects(upgraded, { code: "Failed", message: /execve.*ENOENT|no such file/i });
    await created;
    container.start();
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 0, oomKilled: false });
    await daemon.link.drain(container.id, 5000);
    assert.equal(container.output, "\n");
    await putAway(container);
    daemon.link.close();
    await gone(pid);
    // Node's own words, which no successful upgrade lives to print.
    assert.match(readFileSync(join(runDir, "monitor.log"), "utf8"), /^.*ExperimentalWarning: process.execve .*\n.*\n$/);
    writeFileSync(join(runDir, "monitor.log"), "");
  });

  it("is one, however many are started at once", async () => {
    const others = [daemonIn(runDir), daemonIn(runDir)];
    const greetings = await Promise.all([daemon, ...others].map(({ link, listener }) => link.connect(listener)));
    assert.equal(new Set(greetings.map(({ pid }) => pid)).size, 1);
    const [{ pid }] = greetings as [(typeof greetings)[number]];
    const late = spawn(process.execPath, [monitorProgram, runDir], { stdio: "inherit" });
    assert.deepEqual(await once(late, "exit"), [0, null]);
    for (const { link } of others) link.close();
    for (const child of ownChildren()) if (child !== pid) await gone(child); // who came late, ends
    assert.equal(existsSync(`/proc/${pid}`), true);
    daemon.link.close();
    await gone(pid);
  });

  it("stays while a container lives or an exit is untold, and leaves after that by itself", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    await daemon.link.create(container.request);
    daemon.link.close();
    container.kill("KILL");
    daemon = daemonIn(runDir);
    assert.equal((await daemon.link.connect(daemon.listener)).pid, pid);
    await daemon.exitOf(container.id);
    daemon.link.close(); // told, not acknowledged
    daemon = daemonIn(runDir);
    assert.equal((await daemon.link.connect(daemon.listener)).pid, pid);
    await daemon.exitOf(container.id);
    await daemon.link.acknowledge(container.id);
    container.delete();
    daemon.link.close();
    await gone(pid);
  });

  it("leaves when whoever started it never comes", async () => {
    const { runMonitor } = await import("../../src/monitor/main.ts");
    const cwd = process.cwd();
    await runMonitor({ runDir, version: "first", program: [process.execPath], expectMs: 1 });
    process.chdir(cwd);
    writeFileSync(join(runDir, "monitor.log"), "");
  });

  it("has its own session, directory, cgroup and none of the daemon's descriptors", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
    assert.equal(Number(stat[5]), pid);
    const cgroups = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
    const placed = cgroups.filter((line) => line.endsWith("/troupe-monitor"));
    assert(placed.length > 0);
    assert.deepEqual(daemon.warnings, []);
    assert.equal(statSync(join(runDir, "monitor.sock")).mode & 0o777, 0o600);
    daemon.link.close();
    await gone(pid);
  });

  it("refuses a daemon of another age in words that name both ranges", async () => {
    const { pid } = await daemon.link.connect(daemon.listener);
    const socket = connect(join(runDir, "monitor.sock"));
    socket.write(encode({ type: "hello", speaks: { oldest: 8, newest: 9 }, program: "far" }));
    const [bytes] = (await once(socket, "data")) as [Buffer];
    assert.match(bytes.toString(), /the monitor speaks protocol 1 to 2, this daemon 8 to 9; replace the monitor/);
    daemon.link.close();
    await gone(pid);
  });
});
