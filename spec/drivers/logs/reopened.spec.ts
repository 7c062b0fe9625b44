import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Scene, recordsIn, saidIn } from "./support/scene.ts";

describe("a log that is opened again", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  afterEach(() => scene.close());

  it("goes on in a new file at once, with what comes from now on", async () => {
    const one = scene.container("one");
    const { path } = one.source;
    scene.logs.open(one.source);
    one.say("old\na line in ");
    await scene.logs.drain("one", 5000);
    renameSync(path, `${path}.1`);
    await scene.logs.reopen("one");
    assert.deepEqual([statSync(path).size, statSync(path).mode & 0o7777], [0, 0o640]);
    one.say("two files\nnew\n");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(recordsIn(`${path}.1`), ["stdout F old", "stdout P a line in "]);
    assert.deepEqual(one.records(), ["stdout F two files", "stdout F new"]);
    one.end();
  });

  it("keeps what is in the file that is there, where nobody has renamed it", async () => {
    const one = scene.container("one");
    one.say("a\n");
    scene.logs.open(one.source);
    await scene.logs.reopen("one");
    one.say("b\n");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(one.records(), ["stdout F a", "stdout F b"]);
    one.end();
  });

  it("that cannot be opened goes on in the old file, and says why", async () => {
    const one = scene.container("one");
    const { path } = one.source;
    scene.logs.open(one.source);
    one.say("old\n");
    await scene.logs.drain("one", 5000);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    await assert.rejects(scene.logs.reopen("one"), {
      code: "Failed",
      message: /^the log cannot be opened again, and goes on in the file that it had: .*EISDIR/,
    });
    one.say("still old\n");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(recordsIn(`${path}.1`), ["stdout F old", "stdout F still old"]);
    rmdirSync(path);
    one.end();
  });

  it("there is none of: an unknown container, one without a log", async () => {
    const { source, end } = scene.container("one");
    const { path: _, ...unlogged } = source;
    scene.logs.open(unlogged);
    await assert.rejects(scene.logs.reopen("unknown"), { code: "NotFound" });
    await assert.rejects(scene.logs.reopen("one"), { code: "NotAllowed", message: /has no log/ });
    await scene.logs.close("one");
    await assert.rejects(scene.logs.reopen("one"), { code: "NotFound" });
    end();
  });

  it("takes again what it refused before", async () => {
    const one = scene.container("one");
    const { path } = one.source;
    mkdirSync(path);
    scene.logs.open(one.source);
    one.say("kept\n");
    await scene.heard("takes nothing");
    rmdirSync(path);
    const begun = performance.now();
    await scene.logs.reopen("one");
    await scene.logs.drain("one", 5000);
    assert(performance.now() - begun < 500, "it waited for the next try");
    assert.deepEqual(one.records(), ["stdout F kept"]);
    one.end();
  });

  it("has each line of a flood once and in order, over a rotation after the other", async () => {
    const one = scene.container("one");
    const { path } = one.source;
    const lines = 300_000;
    scene.logs.open(one.source);
    one.say("0\n");
    await scene.logs.drain("one", 5000);
    const writer = spawn("sh", ["-c", `seq 1 ${lines} > ${scene.directory}/one-out`]);
    const exited = once(writer, "exit");
    let rotations = 0;
    for (; writer.exitCode === null; rotations++) {
      renameSync(path, `${path}.${rotations}`);
      await scene.logs.reopen("one");
    }
    await exited;
    await scene.logs.drain("one", 5000);
    const files = [...Array.from({ length: rotations }, (_, at) => `${path}.${at}`), path];
    assert.equal(
      files.map((file) => saidIn(file)).join(""),
      Array.from({ length: lines + 1 }, (_, at) => `${at}\n`).join(""),
    );
    assert(rotations > 5, `only ${rotations} rotations`);
    one.end();
  });
});
