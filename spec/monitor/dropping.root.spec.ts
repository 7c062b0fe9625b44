import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { monitorWords } from "./support/daemon.ts";
import { setStreamScene } from "./support/scene.ts";

const KILLS = 4;

describe("the monitor, killed while it drops what a full disk does not take", inTestNode, () => {
  const scene = setStreamScene();

  it("has counted each byte of it in the log, when there is room again", async () => {
    const disk = join(scene.scratch, "logs");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
    const counting = "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo $i; done";
    const one = await scene.launch({ command: ["sh", "-c", counting], logBounds: { whenFull: "drop" } });
    for (let kill = 0; kill < KILLS; kill++) {
      const stalls = (): number => monitorWords(scene.runDir).split("takes nothing").length - 1;
      await eventually("a log that takes nothing", () => stalls() > kill);
      await sleep(kill * 20); // the moment is whichever it is
      await scene.killMonitor();
      await scene.reconnect();
    }
    execFileSync("mount", ["-o", "remount,size=64m", disk]);
    writeFileSync(join(one.bundle, "rootfs", "stop"), "");
    await scene.daemon.exitOf(one.id);
    await scene.daemon.link.drain(one.id, 20_000);

    const notices = /troupe: (\d+) bytes of output were dropped here.*\n/g;
    const dropped = [...one.output.matchAll(notices)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    const kept = one.output.replaceAll(notices, "");
    const last = Number(kept.split("\n").at(-2));
    let whole = 0;
    for (let line = 1; line <= last; line++) whole += String(line).length + 1;
    assert(dropped > 0);
    assert.equal(kept.length + dropped, whole, `${last} lines, over ${KILLS} kills`);
    await scene.putAway(one);
    execFileSync("umount", [disk]);
  });
});
