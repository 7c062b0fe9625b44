import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, mkdirSync, readSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openPipe } from "../../../src/drivers/linux/pipe.ts";
import { bytesWaiting, makeNonBlocking } from "../../../src/drivers/linux/descriptor.ts";
import { isErrno } from "../../../src/drivers/linux/libc.ts";
import { Scene } from "./support/scene.ts";

describe("a tap", () => {
  let scene: Scene;
  let open: Set<number>;
  beforeEach(() => {
    scene = new Scene();
    open = new Set();
  });
  afterEach(async () => {
    await scene.close();
    for (const fd of open) closeSync(fd);
  });

  const pipe = () => {
    const { read, write } = openPipe();
    makeNonBlocking(read);
    const ends = [read, write];
    for (const fd of ends) open.add(fd);
    return {
      write,
      close: (fd: number) => open.delete(fd) && closeSync(fd),
      read,
      taken: (): string => {
        const pieces: Buffer[] = [];
        for (;;)
          try {
            const piece = Buffer.alloc(64 * 1024);
            const length = readSync(read, piece);
            if (length === 0) return Buffer.concat(pieces).toString("latin1");
            pieces.push(piece.subarray(0, length));
          } catch (error) {
            if (!isErrno(error, "EAGAIN")) throw error;
            return Buffer.concat(pieces).toString("latin1");
          }
      },
    };
  };

  it("gets from now on what each stream says, raw, until the container has said all", async () => {
    const one = scene.container("one");
    const [out, err] = [pipe(), pipe()];
    scene.logs.open(one.source);
    one.say("before\n");
    await scene.logs.drain("one", 5000);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write, stderr: err.write });
    one.say("after\r\n\0\xff no newline");
    one.say("to stderr", "stderr");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(
      [out.taken(), err.taken()],
      [Buffer.from("after\r\n\0\xff no newline").toString("latin1"), "to stderr"],
    );
    one.say("bye");
    one.end();
    await scene.heard("one ended");
    assert.deepEqual(scene.told, ["a detached: ended", "one ended"]);
    assert.equal(out.taken(), "bye");
    assert.equal(one.output(), `before\n${Buffer.from("after\r\n\0\xff no newline").toString("latin1")}bye`);
  });

  it("of a container without a log gets what is dropped otherwise", async () => {
    const { source, ...one } = scene.container("one");
    const { path: _, ...unlogged } = source;
    const out = pipe();
    scene.logs.open(unlogged);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write });
    one.say("x".repeat(50_000));
    one.say("dropped", "stderr");
    await scene.logs.drain("one", 5000);
    assert.equal(out.taken(), "x".repeat(50_000));
    await scene.logs.detach("a");
    one.say("more");
    await scene.logs.drain("one", 5000);
    assert.equal(out.taken(), "");
    one.end();
  });

  it("that is not read for a while misses nothing of what a few MiB are, and is told of the end when it has all", async () => {
    const one = scene.container("one");
    const out = pipe();
    scene.logs.open(one.source);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write });
    const all = Array.from({ length: 500_000 }, (_, at) => `${at}\n`).join("");
    one.say(all);
    one.end();
    await scene.heard("one ended");
    assert.deepEqual(scene.told, ["one ended"], "let go of before it had all");
    let got = "";
    while (!scene.told.includes("a detached: ended")) {
      got += out.taken();
      await sleep(0);
    }
    assert.equal(got + out.taken(), all);
  });

  it("whose reader goes while output waits for it is let go of, and one that waits when the thread ends is told so", async () => {
    const one = scene.container("one");
    const [left, slow] = [pipe(), pipe()];
    scene.logs.open(one.source);
    await scene.logs.attach("one", { attachId: "left", stdout: left.write });
    await scene.logs.attach("one", { attachId: "slow", stdout: slow.write });
    one.say("x".repeat(3_000_000));
    await scene.logs.drain("one", 5000);
    assert.deepEqual(scene.told, []);
    left.close(left.read);
    await scene.heard("left detached: gone");
    assert.equal(await scene.logs.stop(5000), true);
    assert.equal(await scene.heard("slow"), "slow detached: slow");
    scene.logs.resume();
    one.end();
    await scene.heard("one ended");
  });

  it("that is not read gets what fits and is cut off; the log and the other taps have all", async () => {
    const one = scene.container("one");
    const [slow, fast, silent] = [pipe(), pipe(), pipe()];
    scene.logs.open(one.source);
    for (const [attachId, { write }] of Object.entries({ slow, fast }))
      await scene.logs.attach("one", { attachId, stdout: write });
    await scene.logs.attach("one", { attachId: "silent", stderr: silent.write });
    const line = `${"0123456789".repeat(10)}\n`;
    let fastGot = "";
    const lines = 120_000;
    for (let round = 0; round < lines / 100; round++) {
      one.say(line.repeat(100));
      await scene.logs.drain("one", 5000);
      fastGot += fast.taken();
    }
    assert.equal(await scene.heard("slow"), "slow detached: slow");
    assert.deepEqual(scene.told, ["slow detached: slow"]);
    const got = slow.taken();
    assert(got.length >= 64 * 1024 && got.length < lines * line.length);
    assert.equal(got, line.repeat(lines).slice(0, got.length));
    assert.equal(fastGot, line.repeat(lines));
    assert.equal(one.output(), fastGot);
    assert.equal(bytesWaiting(silent.read), 0);
    one.end();
    await scene.heard("one ended");
  });

  it("whose reader has gone is let go of, and nobody dies of it", async () => {
    const one = scene.container("one");
    const out = pipe();
    scene.logs.open(one.source);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write });
    out.close(out.read);
    one.say("anybody?\n");
    assert.equal(await scene.heard("a detached"), "a detached: gone");
    one.say("no\n");
    await scene.logs.drain("one", 5000);
    assert.equal(one.output(), "anybody?\nno\n");
    one.end();
  });

  it("of a container that is unknown, at its end or put away is let go of at once", async () => {
    const one = scene.container("one");
    await scene.logs.attach("unknown", { attachId: "a" });
    await scene.heard("a detached: ended");
    scene.logs.open(one.source);
    const out = pipe();
    await scene.logs.attach("one", { attachId: "b", stdout: out.write });
    one.say("x");
    await scene.logs.close("one");
    await scene.heard("b detached: ended");
    assert.equal(out.taken(), "x");
    one.end();
    await scene.logs.detach("b");
    await scene.logs.detach("never there");
  });

  it("gets what is written while its log takes nothing as soon as the log has it", async () => {
    const one = scene.container("one");
    const out = pipe();
    mkdirSync(one.source.path);
    scene.logs.open(one.source);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write });
    one.say("late\n");
    await scene.heard("takes nothing");
    assert.equal(out.taken(), "");
    rmdirSync(one.source.path);
    await scene.heard("takes again");
    assert.equal(out.taken(), "late\n");
    one.end();
  });

  it("outlives a stop of the thread, without a gap", async () => {
    const one = scene.container("one");
    const out = pipe();
    scene.logs.open(one.source);
    await scene.logs.attach("one", { attachId: "a", stdout: out.write });
    one.say("1");
    await scene.logs.drain("one", 5000);
    assert.equal(await scene.logs.stop(5000), true);
    one.say("2");
    await sleep(0);
    scene.logs.resume();
    one.say("3");
    await scene.logs.drain("one", 5000);
    assert.equal(out.taken(), "123");
    one.end();
    await scene.heard("one ended");
  });
});
