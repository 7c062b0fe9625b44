import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { execOutputs } from "../../../src/drivers/execs/exec-outputs.ts";
import { execOutputsContract } from "./exec-outputs.contract.ts";

/** In a directory of its own. */
const scene = () => {
  const place = mkdtempSync(join(tmpdir(), "troupe-execs-"));
  const dir = join(place, "execs");
  return { dir, outputs: execOutputs({ dir }), remove: () => rmSync(place, { recursive: true }) };
};

execOutputsContract("the output of an exec, by FIFOs", () => {
  const { dir, outputs, remove } = scene();
  return {
    outputs,
    again: () => execOutputs({ dir }),
    begin: ({ stdout, stderr }) => {
      const held = [openSync(stdout, "w"), openSync(stderr, "w")] as const;
      writeSync(held[0], "out");
      return () => held.forEach((fd) => closeSync(fd));
    },
    left: () => (existsSync(dir) ? readdirSync(dir) : []),
    dispose: remove,
  };
});

describe("the output of an exec", () => {
  it("is taken as far as it was written when the wait for its end is over, however busy this process was meanwhile", async () => {
    const { outputs, remove } = scene();
    const { stdout, stderr } = outputs.open("e1");
    const held = [openSync(stdout, "w"), openSync(stderr, "w")] as const; // a child that outlives the command has them
    outputs.read("e1");
    const boundMs = 200;
    const ended = outputs.ended("e1", boundMs);
    await new Promise(setImmediate); // from here the loop comes to its timers before it reads
    writeSync(held[0], "out");
    for (const until = performance.now() + boundMs + 10; performance.now() < until;);
    await ended;
    const { stdout: taken } = outputs.take("e1");
    held.forEach((fd) => closeSync(fd));
    outputs.remove("e1");
    remove();
    assert.equal(taken.toString(), "out");
  });

  it("is kept up to what fits one message, each stream apart, and read to its end all the same", async () => {
    const { outputs, remove } = scene();
    const { stdout, stderr } = outputs.open("e1");
    const held = [openSync(stdout, "w"), openSync(stderr, "w")] as const;
    const script = "head -c 20000000 /dev/zero; echo word >&2";
    const command = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", ...held] });
    outputs.read("e1");
    assert.deepEqual(await once(command, "exit"), [0, null]);
    for (const fd of held) closeSync(fd);
    await outputs.ended("e1", 60_000);
    const taken = outputs.take("e1");
    assert.equal(taken.stdout.length, 16 * 1024 * 1024);
    assert.equal(taken.stderr.toString(), "word\n");
    assert.equal(taken.dropped, 20_000_000 - 16 * 1024 * 1024);
    outputs.remove("e1");
    remove();
  });
});
