import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nameProcess } from "../../src/drivers/linux/process.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { daemonIn, gone, makeRunDir, removeDirs, type Daemon } from "./support/daemon.ts";
import { PlainContainer } from "./support/plain-container.ts";
import type { Looked } from "../../src/drivers/monitor/monitor.ts";

const counting = (lines: number, pause = "") =>
  ["sh", "-c", `i=0; while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); ${pause} done; exit 5`] as const;
const counted = (lines: number): string => Array.from({ length: lines }, (_, i) => `line ${i}\n`).join("");

describe("deaths around the monitor", inTestNode, () => {
  let runDir: string;
  let scratch: string;
  let daemon: Daemon;
  let pid: number;

  beforeEach(async () => {
    runDir = makeRunDir();
    scratch = makeRunDir();
    daemon = daemonIn(runDir);
    ({ pid } = await daemon.link.connect(daemon.listener));
  });

  afterEach(async () => {
    daemon.link.close();
    await gone(pid);
    if (process.env["WORDS"]) console.error(readFileSync(join(runDir, "monitor.log"), "utf8"));
    assert.deepEqual(readdirSync(runDir).toSorted(), ["exits", "monitor.lock", "monitor.log"]);
    assert.deepEqual(readdirSync(join(runDir, "exits")), []);
    removeDirs(runDir, scratch);
  });

  const launch = async (command: readonly string[]): Promise<PlainContainer> => {
    const container = new PlainContainer(scratch, { command });
    const init = await daemon.link.create(container.request);
    container.start();
    inits.set(container.id, init);
    return container;
  };
  const inits = new Map<string, Awaited<ReturnType<Daemon["link"]["create"]>>>();

  const putAway = async (container: PlainContainer): Promise<void> => {
    await daemon.link.acknowledge(container.id);
    container.delete();
    await daemon.link.forget(container.id);
  };

  const killMonitor = async (): Promise<void> => {
    const lost = daemon.lost();
    process.kill(pid, "SIGKILL");
    await lost;
  };

  it("tells a new daemon of an exit that the old one did not live to hear of", async () => {
    const container = await launch(["sh", "-c", "sleep 0.2; exit 9"]);
    daemon.link.close();
    const init = inits.get(container.id);
    assert(init);
    await gone(init.pid);
    daemon = daemonIn(runDir, "second");
    const greeting = await daemon.link.connect(daemon.listener);
    assert.deepEqual([greeting.pid, greeting.containers], [pid, [container.id]]);
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 9, oomKilled: false });
    await putAway(container);
  });

  it("tells an exit again in each connection until it is acknowledged, and once in each", async () => {
    const container = await launch(["true"]);
    const exit = await daemon.exitOf(container.id);
    daemon.link.close();
    daemon = daemonIn(runDir);
    await daemon.link.connect(daemon.listener);
    assert.deepEqual(await daemon.exitOf(container.id), exit);
    await daemon.link.acknowledge(container.id);
    // The next one comes before this one goes: with nobody to serve and nothing to tell the monitor would leave.
    const next = daemonIn(runDir);
    await next.link.connect(next.listener);
    daemon.link.close();
    daemon = next;
    assert.deepEqual(await daemon.link.look(container.id, undefined), { is: "exited", exit });
    assert.deepEqual(daemon.exits, []);
    await putAway(container);
  });

  it("loses no line, doubles none and knows the code, however often the monitor is killed", async () => {
    const LINES = 60_000;
    const container = await launch(counting(LINES));
    for (const pause of [40, 70, 110]) {
      await sleep(pause); // anywhere in the flood
      await killMonitor();
      ({ pid } = await daemon.link.connect(daemon.listener));
    }
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    await daemon.link.drain(container.id, 20_000);
    assert.equal(container.output === counted(LINES), true);
    assert.deepEqual(exit, { code: 5, oomKilled: false });
    await putAway(container);
  });

  it("knows code and output of a container that ended while there was no monitor", async () => {
    const container = await launch(counting(300, "[ $((i%100)) = 0 ] && sleep 0.05;"));
    await killMonitor();
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 5, oomKilled: false });
    assert.equal(daemon.exits.length, 1);
    ({ pid } = await daemon.link.connect(daemon.listener));
    await daemon.link.drain(container.id, 5000);
    assert.equal(container.output, counted(300));
    await putAway(container);
  });

  it("logs what a container wrote without a monitor, though it was to be forgotten before the next one came", async () => {
    const container = await launch(counting(300, "[ $((i%100)) = 0 ] && sleep 0.05;"));
    await killMonitor();
    await daemon.exitOf(container.id);
    await daemon.link.acknowledge(container.id);
    await assert.rejects(daemon.link.forget(container.id), { code: "Unavailable" });
    ({ pid } = await daemon.link.connect(daemon.listener));
    await putAway(container);
    await eventually("the last line", 5000, () => container.output === counted(300) || undefined);
  });

  it("leaves nothing of a monitor that was killed while it replaced its program", async () => {
    const stale = [join(runDir, "monitor", "handover.json"), join(runDir, "monitor", `socket.${pid}`)];
    await killMonitor();
    const note = { from: { pid, startTicks: 1 }, kept: { lock: 3, pidfds: {}, streams: {} } };
    for (const file of stale) writeFileSync(file, JSON.stringify(note));
    ({ pid } = await daemon.link.connect(daemon.listener));
    assert.deepEqual(stale.filter(existsSync), []);
  });

  it("looks by itself while there is no monitor", async () => {
    const [running, ended] = [await launch(["sleep", "60"]), await launch(["sh", "-c", "sleep 0.1; exit 6"])];
    await killMonitor();
    assert.deepEqual(await daemon.link.look(running.id, inits.get(running.id)), { is: "running" });
    const { at: _, ...exit } = await daemon.exitOf(ended.id);
    assert.deepEqual(exit, { code: 6, oomKilled: false });
    const looked = await daemon.link.look(ended.id, inits.get(ended.id));
    assert.equal(looked.is === "exited" && "code" in looked.exit && looked.exit.code, 6);
    const own = nameProcess(process.pid);
    assert(own);
    const nobody = running.id.replace(/./g, "0") as typeof running.id;
    const lookForNobody = (): Promise<Looked> => daemon.link.look(nobody, { ...own, startTicks: 1 });
    await assert.rejects(lookForNobody, { code: "Unavailable" }); // a next monitor may know what we do not
    await assert.rejects(daemon.link.create(running.request), { code: "Unavailable" });
    ({ pid } = await daemon.link.connect(daemon.listener));
    assert.deepEqual(await lookForNobody(), { is: "gone" });
    running.kill("KILL");
    await daemon.exitOf(running.id);
    for (const container of [running, ended]) await putAway(container);
  });

  it("acknowledges to the next monitor what was acknowledged while there was none", async () => {
    const container = await launch(["true"]);
    await daemon.exitOf(container.id);
    await killMonitor();
    assert.equal(existsSync(join(runDir, "exits", container.id)), true);
    await daemon.link.acknowledge(container.id);
    assert.equal(existsSync(join(runDir, "exits", container.id)), false);
    ({ pid } = await daemon.link.connect(daemon.listener));
    assert.equal(daemon.exits.length, 1);
    await putAway(container);
  });

  it("rejects a create whose monitor dies, and its next monitor keeps nothing of what was not made", async () => {
    const container = new PlainContainer(scratch, { command: ["true"] });
    const lost = daemon.lost();
    const slow = [
      "/bin/sh",
      "-c",
      `: > ${join(scratch, "begun")}; while [ ! -e ${join(scratch, "go")} ]; do sleep 0.01; done; exec ${container.request.argv.join(" ")}`,
    ] as const;
    const made = daemon.link.create({ ...container.request, argv: slow });
    while (!existsSync(join(scratch, "begun"))) await sleep(2);
    process.kill(pid, "SIGKILL");
    await assert.rejects(made, { code: "Unavailable", message: /the monitor went away/ });
    await lost;
    ({ pid } = await daemon.link.connect(daemon.listener));
    assert.deepEqual(await daemon.link.look(container.id, undefined), { is: "gone" });
    assert.equal(existsSync(join(runDir, "monitor", container.id)), false);
    writeFileSync(join(scratch, "go"), "");
    while (!existsSync(container.request.pidFile)) await sleep(5); // the tool goes on, and makes it
    container.delete();
  });

  it("sees an out-of-memory kill of a container that has outlived its monitor", async () => {
    const hog = "sleep 0.3; a=x; while :; do a=$a$a; done";
    const container = new PlainContainer(scratch, { command: ["sh", "-c", hog], memoryBytes: 16 * 1024 * 1024 });
    await daemon.link.create(container.request);
    container.start();
    await killMonitor();
    ({ pid } = await daemon.link.connect(daemon.listener));
    const { at: _, ...exit } = await daemon.exitOf(container.id);
    assert.deepEqual(exit, { signal: 9, oomKilled: true });
    await putAway(container);
  });

  it("tells the exit of a command that has outlived its monitor", async () => {
    const container = await launch(["sleep", "60"]);
    const exec = container.exec(["sh", "-c", "sleep 0.3; exit 11"], "/dev/null", "/dev/null");
    await daemon.link.exec(exec);
    await killMonitor();
    ({ pid } = await daemon.link.connect(daemon.listener));
    const { at: _, ...exit } = await daemon.exitOf(exec.execId);
    assert.deepEqual(exit, { code: 11, oomKilled: false });
    await daemon.link.acknowledge(exec.execId);
    container.kill("KILL");
    await daemon.exitOf(container.id);
    await putAway(container);
  });
});
