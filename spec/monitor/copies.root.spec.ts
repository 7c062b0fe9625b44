import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, existsSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFifo, openToRead } from "../../src/drivers/linux/fifo.ts";
import { isErrno } from "../../src/drivers/linux/libc.ts";
import { Connection } from "../../src/drivers/monitor/connection.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { setStreamScene, withFd } from "./support/scene.ts";

/** Ends of FIFOs of a daemon's. */
class Reader {
  readonly path: string;
  readonly fd: number;
  text = "";
  constructor(path: string) {
    makeFifo(path);
    this.path = path;
    this.fd = openToRead(path);
  }
  /** Takes what is there now. False: the other end has gone. */
  take(): boolean {
    for (const piece = Buffer.alloc(64 * 1024); ;)
      try {
        const length = readSync(this.fd, piece);
        if (length === 0) return false;
        this.text += piece.toString("utf8", 0, length);
      } catch (error) {
        if (isErrno(error, "EAGAIN")) return true;
        throw error;
      }
  }
  /** Reads until it has this. */
  async until(text: string): Promise<void> {
    await eventually(`${text} in a copy`, 10_000, () => this.take() && (this.text.includes(text) || undefined));
  }
}

describe("copies of what a container writes", inTestNode, () => {
  const scene = setStreamScene();
  const { launch, killMonitor, reconnect, said, putAway } = scene;

  it("have each stream from the moment of attaching, raw, while its log goes on", async () => {
    const script = "while read line; do echo got $line; echo bad $line >&2; done; printf end";
    const container = await launch({ command: ["sh", "-c", script], stdin: true });
    const { id } = container;
    const put = (text: string): number => withFd(scene.daemon.link.input(id), (fd) => writeSync(fd, text));
    const [out, err, both] = ["out", "err", "both"].map((name) => new Reader(join(scene.scratch, name))) as [
      Reader,
      Reader,
      Reader,
    ];
    put("one\n");
    await said(container, "got one");
    await said(container, "bad one");
    await scene.daemon.link.attach({ id, attachId: "a1", stdout: out.path, stderr: err.path });
    await scene.daemon.link.attach({ id, attachId: "a2", stdout: both.path, stderr: both.path });
    put("two\n");
    await Promise.all([out.until("two"), err.until("two"), both.until("bad two"), both.until("got two")]);
    assert.deepEqual([out.text, err.text], ["got two\n", "bad two\n"]);
    await scene.daemon.link.detach("a2");
    await eventually("the end of a copy", 5000, () => !both.take() || undefined);
    await scene.daemon.link.closeInput(id);
    assert.equal(await scene.daemon.endOf("a1"), "ended");
    await eventually("the end of the other", 5000, () => !out.take() || undefined);
    assert.equal(out.text, "got two\nend");
    assert.deepEqual(scene.daemon.detachments, [["a1", "ended"]]);
    await scene.daemon.exitOf(id);
    for (const { fd } of [out, err, both]) closeSync(fd);
    await putAway(container);
  });

  it("that nobody reads fast enough are cut off and told: neither container, log nor other copies wait for them", async () => {
    const LINES = 2_000_000; // more than pipe and queue of the slow one
    const script = `read line; busybox seq 1 ${LINES}`;
    const container = await launch({ command: ["sh", "-c", script], stdin: true });
    const { id } = container;
    const [slow, fast] = [new Reader(join(scene.scratch, "slow")), new Reader(join(scene.scratch, "fast"))];
    await scene.daemon.link.attach({ id, attachId: "slow", stdout: slow.path });
    await scene.daemon.link.attach({ id, attachId: "fast", stdout: fast.path });
    withFd(scene.daemon.link.input(id), (fd) => writeSync(fd, "go\n"));
    while (fast.take()) await sleep(1);
    assert.deepEqual([await scene.daemon.endOf("slow"), await scene.daemon.endOf("fast")], ["slow", "ended"]);
    await scene.daemon.exitOf(id);
    await scene.daemon.link.drain(id, 20_000);
    const whole = Array.from({ length: LINES }, (_, i) => `${i + 1}\n`).join("");
    slow.take();
    assert.deepEqual([fast.text === whole, container.output === whole], [true, true]);
    assert.equal(whole.startsWith(slow.text) && slow.text.length < whole.length, true);
    for (const { fd } of [slow, fast]) closeSync(fd);
    await putAway(container);
  });

  it("end with their reader, and cannot begin without one", async () => {
    const container = await launch({ command: ["sh", "-c", "while [ ! -e /stop ]; do echo x; sleep 0.05; done"] });
    const { id } = container;
    const reader = new Reader(join(scene.scratch, "reader"));
    await scene.daemon.link.attach({ id, attachId: "a1", stdout: reader.path });
    closeSync(reader.fd);
    assert.equal(await scene.daemon.endOf("a1"), "gone");
    for (const stdout of [reader.path, join(scene.scratch, "nosuch")])
      await assert.rejects(scene.daemon.link.attach({ id, attachId: "a1", stdout }), {
        code: "Unavailable",
        message: /nobody reads the copy/,
      });
    writeFileSync(join(container.bundle, "rootfs", "stop"), "");
    await scene.daemon.exitOf(id);
    await putAway(container);
  });

  it("go with the monitor, whose death their readers see and are told", async () => {
    const container = await launch({ command: ["cat"], stdin: true });
    const reader = new Reader(join(scene.scratch, "reader"));
    await scene.daemon.link.attach({ id: container.id, attachId: "a1", stdout: reader.path });
    await killMonitor();
    assert.equal(await scene.daemon.endOf("a1"), "gone");
    assert.equal(reader.take(), false);
    closeSync(reader.fd);
    await reconnect();
    await scene.daemon.link.closeInput(container.id);
    await scene.daemon.exitOf(container.id);
    await putAway(container);
  });

  it("go with their daemon: the monitor lets go of their descriptors", async () => {
    const container = await launch({ command: ["cat"], stdin: true });
    const reader = new Reader(join(scene.scratch, "reader"));
    await scene.daemon.link.attach({ id: container.id, attachId: "a1", stdout: reader.path });
    await scene.nextDaemon(container);
    await eventually("the end of the copy", 5000, () => !reader.take() || undefined);
    closeSync(reader.fd);
    await scene.daemon.link.closeInput(container.id);
    await scene.daemon.exitOf(container.id);
    await putAway(container);
  });

  it("and terminals are nothing that a daemon of version 1 is told of", async () => {
    const container = await scene.launchInTerminal({ command: ["cat"] });
    const told: unknown[] = [];
    const { connection, welcome } = await Connection.open({
      path: join(scene.runDir, "monitor.sock"),
      program: "old",
      helloMs: 5000,
      speaks: { oldest: 1, newest: 1 },
      exited: ({ id }) => told.push(id),
      detached: (news) => told.push(news),
      lost: () => {},
    });
    const { pid, version, containers, execs, ...rest } = welcome;
    assert.deepEqual([pid, version, containers, execs], [scene.pid, "first", [container.id], []]);
    assert.deepEqual(rest, { type: "welcome", protocol: 1 });
    assert.deepEqual(await connection.ask({ verb: "look", id: container.id }), { is: "running" });
    withFd(scene.daemon.link.terminal(container.id), (master) => writeSync(master, "\x04"));
    await scene.daemon.exitOf(container.id);
    await connection.ask({ verb: "drain", id: container.id, boundMs: 5000 });
    assert.deepEqual(told, [container.id]);
    connection.close();
    await putAway(container);
    assert.equal(existsSync(join(scene.runDir, "monitor", container.id)), false);
  });
});
