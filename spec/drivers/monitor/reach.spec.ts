import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { wallNs } from "../../../src/drivers/linux/clock.ts";
import { tryLock, type Lock } from "../../../src/drivers/linux/flock.ts";
import { monitorLink } from "../../../src/drivers/monitor/link.ts";
import type { Monitor } from "../../../src/drivers/monitor/monitor.ts";
import { encode } from "../../../src/monitor/framing.ts";
import { placesIn, type Places } from "../../../src/monitor/protocol.ts";

const listener = { exited: () => {}, execExited: () => {}, execFound: () => {}, detached: () => {}, lost: () => {} };
const unreachable = (why: string) => ({
  code: "Unavailable",
  message: new RegExp(`^no monitor could be reached within 300 ms: .*${why}`),
});

describe("reaching for a monitor", () => {
  let place: string;
  let places: Places;
  let link: Monitor;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "troupe-reach-"));
    places = placesIn(join(place, "run"));
    mkdirSync(join(place, "run"));
  });
  afterEach(() => {
    link.close();
    for (const pid of started()) process.kill(pid, "SIGKILL");
    rmSync(place, { recursive: true });
  });

  /** What it starts notes its pid and does nothing more. */
  const linkWithin = (connectMs: number, program: string | null = "exec sleep 60"): Monitor =>
    monitorLink({
      runDir: join(place, "run"),
      version: "first",
      ...(program !== null && { start: ["/bin/sh", "-c", `echo $$ >> ${place}/started; ${program}`] }),
      env: { PATH: process.env["PATH"] ?? "" },
      ownCgroup: false,
      wallNs,
      warn: () => {},
      connectMs,
    });
  const started = (): number[] =>
    existsSync(join(place, "started"))
      ? readFileSync(join(place, "started"), "utf8").trim().split("\n").map(Number)
      : [];
  const someStarted = async (): Promise<void> => {
    while (started().length === 0) await pause(5);
  };

  it("that takes its time to start waits for it in the next try too, and does not start it again", async () => {
    link = linkWithin(300);
    for (let tries = 0; tries < 3; tries++) await assert.rejects(link.connect(listener), unreachable(""));
    await someStarted();
    assert.equal(started().length, 1);
  });

  it("that fails at each start says so at once, with where its words are, and not at the bound", async () => {
    link = linkWithin(60_000, `echo no room >&2; rm ${place}/started; exit 3`);
    await assert.rejects(link.connect(listener), {
      code: "Unavailable",
      message:
        /^no monitor can be started: the monitor did not stay: it ended with code 3 \(\S+monitor.log has its words\)/,
    });
    assert.equal(readFileSync(places.output, "utf8"), "no room\nno room\nno room\n");
  });

  it("that somebody else starts waits for it, starts none, and says who is to", async () => {
    link = linkWithin(300, null);
    await assert.rejects(link.connect(listener), unreachable("none runs, .* is troupe-monitor.service active\\?"));
    assert.deepEqual(started(), []);
  });

  describe("that is there and does not listen, for it replaces its program or leaves", () => {
    let lock: Lock;
    let server: Server | undefined;
    beforeEach(() => {
      lock = tryLock(places.lock)!;
      server = undefined;
    });
    afterEach(() => server?.close());

    const listen = (): Promise<void> => {
      server = createServer((socket) => {
        socket.write(encode({ type: "welcome", protocol: 1, pid: 5, version: "next", containers: [], execs: [] }));
      });
      return new Promise((resolve) => server!.listen(places.socket, resolve));
    };

    it("starts no other", async () => {
      link = linkWithin(300);
      for (let tries = 0; tries < 2; tries++)
        await assert.rejects(
          link.connect(listener),
          unreachable(`the monitor that holds ${places.lock} does not listen`),
        );
      lock.release();
      assert.deepEqual(started(), []);
    });

    it("finds it when it listens again", async () => {
      link = linkWithin(60_000);
      const greeting = link.connect(listener);
      await listen();
      assert.equal((await greeting).version, "next");
      lock.release();
      assert.deepEqual(started(), []);
    });

    it("starts another when it has gone", async () => {
      link = linkWithin(300);
      await assert.rejects(link.connect(listener), unreachable("the monitor that holds"));
      lock.release();
      await assert.rejects(link.connect(listener), unreachable(""));
      await someStarted();
      assert.equal(started().length, 1);
    });
  });
});
