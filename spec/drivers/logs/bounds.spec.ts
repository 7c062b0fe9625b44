import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { Scene } from "./support/scene.ts";

const line = (at: number): string => `${String(at).padStart(99, "0")}\n`;

describe("the bounds of a log", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  afterEach(() => scene.close());

  it("begins the file anew before it would grow beyond its own, and says so there", async () => {
    const maxBytes = 16 * 1024;
    const one = scene.container("one", { maxBytes });
    scene.logs.open(one.source);
    let last = 0;
    for (let round = 0; round < 30; round++) {
      one.say(Array.from({ length: 20 }, () => line(last++)).join(""));
      await scene.logs.drain("one", 5000);
      assert(statSync(one.source.path).size <= maxBytes);
      assert(one.output().endsWith(line(last - 1)));
    }
    assert.match(
      one.records()[0] ?? "",
      /^stderr F troupe: the log would have grown beyond its bound of 16384 bytes: what it held before, \d+ bytes, is gone$/,
    );
    // What is there is without a gap.
    const there = one.output();
    const from = last - there.length / 100;
    assert.equal(there, Array.from({ length: last - from }, (_, at) => line(from + at)).join(""));
    assert(!existsSync(`${one.source.path}.tmp`));
    one.end();
  });

  it("keeps the end of one chunk that is larger than the bound, record by record", async () => {
    const maxBytes = 8 * 1024;
    const one = scene.container("one", { maxBytes });
    one.say(Array.from({ length: 500 }, (_, at) => line(at)).join(""));
    scene.logs.open(one.source);
    await scene.logs.drain("one", 5000);
    assert(statSync(one.source.path).size <= maxBytes);
    assert(one.output().endsWith(`${line(498)}${line(499)}`));
    one.say("x".repeat(12_000));
    await scene.logs.drain("one", 5000);
    assert.equal(one.output(), "x".repeat(12_000), "a record is never torn for it");
    one.end();
  });

  it("drops and counts what a log does not take, where that was asked for, and says so when it takes again", async () => {
    const one = scene.container("one", { whenFull: "drop" });
    mkdirSync(one.source.path);
    scene.logs.open(one.source);
    one.say("lost ".repeat(40_000)); // more than the FIFO holds: it would wait for ever
    assert.match(await scene.heard("takes nothing"), /EISDIR.*; what it writes is dropped and counted$/);
    one.say("lost too", "stderr");
    await scene.logs.drain("one", 5000);
    rmdirSync(one.source.path);
    await scene.logs.reopen("one");
    one.say("here again\n");
    await scene.logs.drain("one", 5000);
    const [notice, ...records] = one.records();
    assert.match(notice ?? "", /^stderr F troupe: 200008 bytes of output were dropped here, from 2.*Z on: .*EISDIR/);
    assert.deepEqual(records, ["stdout F here again"]);
    assert.match(await scene.heard("takes again"), /; 200008 bytes were dropped$/);
    one.end();
  });

  it("tells the end of a container whose output was dropped when the log has the notice of it", async () => {
    const one = scene.container("one", { whenFull: "drop" });
    mkdirSync(one.source.path);
    one.say("lost");
    scene.logs.open(one.source);
    await scene.heard("takes nothing");
    one.end();
    const before = process.cpuUsage();
    await scene.logs.drain("unknown", 5000);
    rmdirSync(one.source.path);
    await scene.heard("one ended");
    const { user, system } = process.cpuUsage(before);
    assert(user + system < 900_000, "a FIFO at its end makes the thread spin");
    assert.match(one.records().join(), /^stderr F troupe: 4 bytes of output were dropped here/);
  });
});
