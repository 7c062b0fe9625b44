import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ownChildren } from "../../src/drivers/linux/process.ts";
import { resizeTerminal } from "../../src/drivers/linux/terminal.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { gone, monitorWords } from "./support/daemon.ts";
import type { RuntimeName } from "./support/plain-container.ts";
import { setStreamScene, withFd, type Running } from "./support/scene.ts";

const runtimes: readonly RuntimeName[] = ["crun", "runc"];

/** Numbered lines, each with what no other has, until `/stop` is there. */
const counting = "i=0; while [ ! -e /stop ]; do echo line $i; i=$((i+1)); busybox usleep 300; done; exit 5";

describe("a container with a terminal", inTestNode, () => {
  const scene = setStreamScene();
  const { killMonitor, reconnect, nextDaemon, launchInTerminal, said, putAway } = scene;

  const stop = async (container: Running): Promise<void> => {
    writeFileSync(join(container.bundle, "rootfs", "stop"), "");
    const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 5, oomKilled: false });
    await scene.daemon.link.drain(container.id, 20_000);
  };
  /** Its log has each line once and in order: with the terminal's own line ends. */
  const isWhole = ({ output }: Running): number => {
    const lines = output.split("\n").slice(0, -1);
    assert.deepEqual(
      lines.find((line, index) => line !== `line ${index}\r`),
      undefined,
    );
    return lines.length;
  };
  const type = ({ id }: Running, text: string): number =>
    withFd(scene.daemon.link.terminal(id), (master) => writeSync(master, text));

  for (const runtime of runtimes) {
    it(`of ${runtime} has a terminal indeed, takes its size and what is typed, and ends with its shell`, async () => {
      const script = "test -t 0 && test -t 1 && test -t 2 && echo terminal; read line; busybox stty size; exit 4";
      const container = await launchInTerminal({ command: ["sh", "-c", script], runtime });
      await said(container, "terminal");
      withFd(scene.daemon.link.terminal(container.id), (master) => resizeTerminal(master, { width: 91, height: 33 }));
      type(container, "hello\n");
      const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
      assert.deepEqual(exit, { code: 4, oomKilled: false });
      await scene.daemon.link.drain(container.id, 5000);
      assert.equal(container.output, "terminal\r\nhello\r\n33 91\r\n");
      assert.equal(
        container.log.every((record) => record.includes(" stdout F ")),
        true,
      );
      assert.equal(existsSync(join(scene.runDir, "monitor", container.id, "stderr")), false);
      await putAway(container);
    });

    it(`of ${runtime} goes on over the death of its monitor, again and again, and its log is whole`, async () => {
      const container = await launchInTerminal({ command: ["sh", "-c", counting], runtime });
      for (const reached of ["line 50\r", "line 400\r", "line 900\r"]) {
        await said(container, reached);
        await killMonitor();
        await reconnect();
      }
      await said(container, "line 1500\r");
      await stop(container);
      assert(isWhole(container) > 1500);
      await putAway(container);
    });
  }

  it("goes on over the death of its daemon, and the next one has its terminal", async () => {
    const container = await launchInTerminal({ command: ["sh", "-c", "while read line; do echo got $line; done"] });
    type(container, "one\n");
    await said(container, "got one");
    await nextDaemon(container);
    type(container, "two\n");
    await said(container, "got two");
    await killMonitor(); // and what the second has keeps it
    await reconnect();
    type(container, "three\n");
    await said(container, "got three");
    await nextDaemon(container);
    await scene.daemon.link.upgrade();
    type(container, "four\n\x04");
    const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
    assert.deepEqual(exit, { code: 0, oomKilled: false });
    await putAway(container);
    assert.equal(scene.daemon.link.terminal(container.id), undefined);
  });

  it("goes on over replacements of its monitor's program, and its log is whole", async () => {
    const container = await launchInTerminal({ command: ["sh", "-c", counting] });
    for (let round = 1; round <= 5; round++) {
      await scene.daemon.link.upgrade();
      await said(container, `line ${round * 200}\r`);
    }
    await stop(container);
    isWhole(container);
    await putAway(container);
  });

  it("has its last words in the log, though it ended while there was no monitor", async () => {
    const container = await launchInTerminal({ command: ["sh", "-c", "read line; echo last; exit 5"] });
    await killMonitor();
    type(container, "go\n");
    await scene.daemon.exitOf(container.id);
    await reconnect();
    await scene.daemon.link.drain(container.id, 5000);
    assert.equal(container.output, "go\r\nlast\r\n");
    await putAway(container);
  });

  it("is hung up when both are dead, and its log ends though nobody gives its terminal back", async () => {
    const container = await launchInTerminal({ command: ["sh", "-c", "echo up; read line; echo not this"] });
    await said(container, "up\r");
    const pid = scene.pid;
    scene.daemon.link.close();
    process.kill(pid, "SIGKILL");
    await gone(pid);
    await nextDaemon(container);
    await scene.daemon.exitOf(container.id);
    assert.equal(scene.daemon.link.terminal(container.id), undefined);
    await scene.daemon.link.drain(container.id, 5000);
    assert.equal(container.output, "up\r\n");
    await scene.daemon.link.acknowledge(container.id);
    // With nothing to tell and no log to write the monitor leaves by itself: the scene's end waits for that.
    container.delete();
  });

  it("that cannot be made leaves no socket, no terminal and no words but the runtime's", async () => {
    await assert.rejects(launchInTerminal({ command: ["/nosuch"] }), { code: "Invalid", message: /\/nosuch/ });
    const before = ownChildren().length;
    await eventually("an empty directory", 2000, () => !existsSync(join(scene.runDir, "monitor", "tty")) || undefined);
    assert.equal(ownChildren().length, before);
    assert.equal(monitorWords(scene.runDir), "");
  });
});
