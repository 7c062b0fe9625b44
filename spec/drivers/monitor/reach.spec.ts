import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { wallNs } from "../../../src/drivers/linux/clock.ts";
import { monitorLink } from "../../../src/drivers/monitor/link.ts";

describe("a monitor that takes its time to start", () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "troupe-reach-"));
  });
  afterEach(() => rmSync(place, { recursive: true }));

  it("is waited for by the next try too, and not started again", async () => {
    const started = join(place, "started");
    const link = monitorLink({
      runDir: join(place, "run"),
      version: "first",
      start: ["/bin/sh", "-c", `echo $$ >> ${started}; exec sleep 60`],
      env: { PATH: process.env["PATH"] ?? "" },
      ownCgroup: false,
      wallNs,
      warn: () => {},
      connectMs: 300,
    });
    const listener = { exited: () => {}, execExited: () => {}, lost: () => {} };
    for (let tries = 0; tries < 3; tries++)
      await assert.rejects(link.connect(listener), {
        code: "Unavailable",
        message: /^no monitor could be reached within/,
      });
    link.close();
    const pids = readFileSync(started, "utf8").trim().split("\n").map(Number);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    assert.equal(pids.length, 1);
  });
});
