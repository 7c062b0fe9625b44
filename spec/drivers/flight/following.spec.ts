/** A ring that is read while it is written: every line once and in order, over turns, torn lines and drops. */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FileRing } from "../../../src/drivers/flight/file-ring.ts";
import { Following } from "../../../src/drivers/flight/following.ts";
import { Unavailable } from "../../../src/errors.ts";
import { eventually } from "../../support/eventually.ts";

describe("following a ring", () => {
  let directory: string;
  let following: Following | undefined;
  let text = "";
  let gone = false;
  const lines = (): readonly string[] => text.split("\n").filter(Boolean);
  const follow = (): void => {
    following = new Following(directory, { lines: (more) => (text += more), gone: () => (gone = true) });
  };

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "follow-")), "flight");
    text = "";
    gone = false;
  });
  afterEach(() => {
    following?.close();
    following = undefined;
    rmSync(join(directory, ".."), { recursive: true, force: true });
  });

  it("tells what there is, and then what comes, over the turns of segments", async () => {
    const ring = new FileRing({ directory, segmentBytes: 64, segments: 3 });
    let n = 0;
    const write = (many: number): void => {
      for (let i = 0; i < many; i++) ring.append(`line ${++n}\n`);
    };
    write(10);
    follow();
    assert.equal(lines().at(-1), "line 10");
    const first = Number(lines()[0]?.slice(5));
    for (let round = 0; round < 20; round++) {
      write(3);
      await eventually("the lines", () => lines().at(-1) === `line ${n}`);
    }
    assert.deepEqual(
      lines(),
      Array.from({ length: n - first + 1 }, (_, at) => `line ${first + at}`),
    );
    ring.close();
  });

  it("waits for the end of a line, and lets go of one that never has it", async () => {
    mkdirSync(directory, { recursive: true });
    const segment = join(directory, "00000001.ndjson");
    writeFileSync(segment, '{"whole":1}\n{"to');
    follow();
    assert.equal(text, '{"whole":1}\n');
    appendFileSync(segment, 'rn":2}\n{"of a dead');
    await eventually("the rest", () => lines().length === 2);
    writeFileSync(join(directory, "00000002.ndjson"), '{"next":3}\n');
    await eventually("the next segment", () => lines().includes('{"next":3}'));
    assert.deepEqual(lines(), ['{"whole":1}', '{"torn":2}', '{"of a dead', '{"next":3}']);
  });

  it("says that the ring was removed, and that there is none", async () => {
    new FileRing({ directory, segmentBytes: 64, segments: 3 }).close();
    follow();
    rmSync(directory, { recursive: true });
    await eventually("the end", () => gone);
    assert.throws(follow, Unavailable);
  });
});
