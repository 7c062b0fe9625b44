/**
 * A flood through one rotation after the other, as the kubelet does them. Short in `npm test`; at length, 10 million lines of
 * 100 bytes with a rotation each second: `TROUPE_LONG=1 sh scripts/node.sh --test spec/drivers/logs/rotations.spec.ts`.
 */
import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createReadStream, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { cases } from "../../support/long.ts";
import { Scene } from "./support/scene.ts";

const LINES = cases(300_000, 10_000_000);
const ROTATION_MS = cases(50, 1000);
const DIGITS = 99;
const PREFIX = /^\S{30} stdout ([FP]) /;

describe("a flood through rotations", () => {
  let scene: Scene;
  let writer: ChildProcess | undefined;
  beforeEach(() => (scene = new Scene()));
  afterEach(async () => {
    writer?.kill("SIGKILL");
    await scene.close();
  });

  /** Goes on with the number behind `last`; the number of the last line in this file, and the part of the next one, if any. */
  const readOn = async (path: string, last: number, part: string): Promise<readonly [number, string]> => {
    let [at, begun, rest] = [last, part, ""];
    for await (const chunk of createReadStream(path, { encoding: "latin1", highWaterMark: 1 << 20 })) {
      const records = (rest + String(chunk)).split("\n");
      rest = records.pop() ?? "";
      for (const record of records) {
        const [prefix = "", tag] = PREFIX.exec(record) ?? assert.fail(`${path}: ${record}`);
        begun += record.slice(prefix.length);
        if (tag === "P") continue;
        at += 1;
        assert(begun.length === DIGITS && Number(begun) === at, `line ${at} is "${begun}"`);
        begun = "";
      }
    }
    assert.equal(rest, "", `${path} ends within a record`);
    return [at, begun];
  };

  it(`has each of ${LINES} lines once and in order`, { timeout: 600_000 }, async () => {
    const one = scene.container("one");
    const { path } = one.source;
    scene.logs.open(one.source);
    one.say(`${"0".repeat(DIGITS)}\n`);
    await scene.logs.drain("one", 5000);
    const begun = performance.now();
    writer = spawn("sh", ["-c", `seq -f %0${DIGITS}.0f 1 ${LINES} > ${scene.directory}/one-out`]);
    const exited = once(writer, "exit");
    const rotated: string[] = [];
    let longestMs = 0;
    for (; writer.exitCode === null; await Promise.race([sleep(ROTATION_MS), exited])) {
      const old = `${path}.${rotated.length}`;
      renameSync(path, old);
      rotated.push(old);
      const asked = performance.now();
      await scene.logs.reopen("one");
      longestMs = Math.max(longestMs, performance.now() - asked);
    }
    await scene.logs.drain("one", 60_000);
    const seconds = (performance.now() - begun) / 1000;
    one.end();
    let [last, part]: readonly [number, string] = [-1, ""];
    for (const file of [...rotated, path]) {
      [last, part] = await readOn(file, last, part);
      rmSync(file);
    }
    assert.deepEqual([last, part], [LINES, ""]);
    const rate = ((LINES * (DIGITS + 1)) / 1e6 / seconds).toFixed(0);
    console.log(
      `# ${LINES} lines, ${rate} MB/s, ${rotated.length} rotations, the longest reopened in ${longestMs.toFixed(1)} ms: 0 lost, 0 doubled, 0 out of order`,
    );
  });
});
