import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inTestNode } from "../../support/in-test-node.ts";
import { Scene, saidIn, recordsIn } from "./support/scene.ts";

const LINES = 200_000;

describe("a full log disk, where output may be dropped", inTestNode, () => {
  it("holds nobody up: what was taken stays whole, the rest is counted, and said when there is room", async () => {
    const disk = mkdtempSync("/run/troupe-disk-");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
    const scene = new Scene();
    const path = join(disk, "0.log");
    const one = scene.container("one", { path, whenFull: "drop" });
    scene.logs.open(one.source);
    const writer = spawn("sh", ["-c", `seq 1 ${LINES} > ${scene.directory}/one-out`], { stdio: "ignore" });
    await once(writer, "exit");
    assert.match(await scene.heard("takes nothing"), /ENOSPC.*; what it writes is dropped and counted$/);
    await scene.logs.drain("one", 5000);
    execFileSync("mount", ["-o", "remount,size=4m", disk]);
    await scene.logs.reopen("one");
    one.say("room again\n");
    one.end();
    await scene.heard("one ended");

    const all = Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join("");
    const said = saidIn(path);
    const kept = said.slice(0, -"room again\n".length);
    assert(kept.length > 0 && all.startsWith(kept), "what is in the log is what came first");
    assert(said.endsWith("room again\n"));
    const notices = recordsIn(path).filter((record) => record.includes("troupe: "));
    const counted = notices.map((record) =>
      Number(/troupe: (\d+) bytes of output were dropped here/.exec(record)?.[1]),
    );
    assert.equal(
      counted.reduce((sum, bytes) => sum + bytes, 0),
      all.length - kept.length,
    );
    await scene.close();
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  });
});
