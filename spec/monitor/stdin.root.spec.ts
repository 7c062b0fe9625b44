import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFifo, openBeforeReader } from "../../src/drivers/linux/fifo.ts";
import { isErrno } from "../../src/drivers/linux/libc.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import type { RuntimeName } from "./support/plain-container.ts";
import { setStreamScene, withFd, type Running } from "./support/scene.ts";

const runtimes: readonly RuntimeName[] = ["crun", "runc"];

describe("a container with an open stdin", inTestNode, () => {
  const scene = setStreamScene();
  const { killMonitor, reconnect, nextDaemon, launch, said, putAway } = scene;
  const put = ({ id }: Running, text: string): number =>
    withFd(scene.daemon.link.input(id), (fd) => writeSync(fd, text));
  const ends = async (container: Running): Promise<void> => {
    const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 0, oomKilled: false });
    await scene.daemon.link.drain(container.id, 5000);
  };

  for (const runtime of runtimes)
    it(`of ${runtime} reads on over the deaths of monitor and daemon, until its stdin is closed`, async () => {
      const container = await launch({ command: ["cat"], stdin: true, runtime });
      put(container, "one\n");
      await said(container, "one\n");
      await killMonitor();
      put(container, "two\n");
      await reconnect();
      await said(container, "two\n");
      await nextDaemon(container);
      put(container, "three\n");
      await said(container, "three\n");
      await killMonitor();
      await reconnect();
      await nextDaemon(); // the monitor's successor holds it open alone
      scene.daemon.link.watch(container.id, container.init);
      put(container, "four\n");
      await scene.daemon.link.upgrade();
      await scene.daemon.link.closeInput(container.id);
      assert.throws(() => scene.daemon.link.input(container.id), { code: "NotAllowed" });
      await ends(container);
      assert.equal(container.output, "one\ntwo\nthree\nfour\n");
      await putAway(container);
    });

  it("that was closed stays closed: no successor of either holds it open again", async () => {
    const container = await launch({ command: ["sh", "-c", "sleep 1; cat; echo end"], stdin: true });
    put(container, "before\n");
    await scene.daemon.link.closeInput(container.id); // long before it reads
    await killMonitor();
    await nextDaemon(container);
    await ends(container);
    assert.equal(container.output, "before\nend\n");
    await putAway(container);
  });

  it("that the container itself has closed takes nothing more, and says so", async () => {
    const container = await launch({ command: ["sh", "-c", "exec 0</dev/null; echo closed; sleep 60"], stdin: true });
    await said(container, "closed");
    assert.throws(
      () => put(container, "late"),
      (error) => isErrno(error, "EPIPE"),
    );
    await killMonitor();
    await reconnect();
    await nextDaemon(container);
    assert.throws(() => put(container, "late"), { code: "NotAllowed" });
    container.kill("KILL");
    await scene.daemon.exitOf(container.id);
    await putAway(container);
  });

  it("is at its end from the beginning where none was asked for", async () => {
    const container = await launch({ command: ["cat"] });
    await ends(container);
    await putAway(container);
  });

  for (const runtime of runtimes)
    it(`of a command by ${runtime} is the daemon's FIFO, and ends with the daemon's end of it`, async () => {
      const container = await launch({ command: ["sleep", "60"], runtime });
      const [input, output] = [join(scene.scratch, "in"), join(scene.scratch, "out")];
      makeFifo(input);
      closeSync(openSync(output, "w"));
      const holder = openBeforeReader(input);
      const exec = container.exec(["cat"], output, "/dev/null", input);
      await scene.daemon.link.exec(exec);
      writeSync(holder, "in\n");
      await eventually("what it read", 5000, () => readFileSync(output, "utf8") === "in\n" || undefined);
      closeSync(holder);
      const { at: _, ...exit } = await scene.daemon.exitOf(exec.execId);
      assert.deepEqual(exit, { code: 0, oomKilled: false });
      await scene.daemon.link.acknowledge(exec.execId);
      container.kill("KILL");
      await scene.daemon.exitOf(container.id);
      await putAway(container);
    });
});
