/** A ring of files: what was written last is there, whatever ends the process, and never more than the bound. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FileRing } from "../../../src/drivers/flight/file-ring.ts";
import { lastLinesIn, textsIn } from "../../../src/drivers/flight/reading.ts";

describe("a ring of files", () => {
  let directory = "";
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "ring-")), "flight");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

  const ringOf = (segmentBytes: number, segments = 3): FileRing => new FileRing({ directory, segmentBytes, segments });
  const line = (n: number): string => `${String(n).padStart(9, "0")}\n`;
  const lines = (): readonly number[] => textsIn(directory).join("").trimEnd().split("\n").map(Number);

  it("is read back in the order in which it was written, before it is closed", () => {
    const ring = ringOf(1_000);
    for (let n = 1; n <= 5; n++) assert.equal(ring.append(line(n)), false);
    assert.deepEqual(lines(), [1, 2, 3, 4, 5]);
    ring.close();
  });

  it("says when what follows goes into a new segment", () => {
    const ring = ringOf(30);
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => ring.append(line(n))),
      [false, false, true, false],
    );
    assert.equal(textsIn(directory).length, 2);
    ring.close();
  });

  it("keeps the newest segments and no more than the bound, at every moment", () => {
    const ring = ringOf(30);
    for (let n = 1; n <= 100; n++) {
      ring.append(line(n));
      const { segments, bytes } = ring.health;
      assert.ok(segments <= 3 && bytes <= 90 && readdirSync(directory).length === segments, `after ${n}`);
    }
    const kept = lines();
    assert.equal(kept.at(-1), 100);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, n) => 101 - kept.length + n),
    );
    ring.close();
  });

  it("goes on behind what an earlier process has left", () => {
    const first = ringOf(30);
    for (let n = 1; n <= 4; n++) first.append(line(n));
    const second = ringOf(30);
    second.append(line(5));
    assert.deepEqual(lines(), [1, 2, 3, 4, 5]);
    assert.equal(second.health.segments, 3);
    for (const ring of [first, second]) ring.close();
  });

  it("has its last whole lines at hand, not those that a death has torn", () => {
    assert.deepEqual(lastLinesIn(directory), []);
    const ring = ringOf(30);
    for (let n = 1; n <= 4; n++) ring.append(line(n));
    appendFileSync(join(directory, readdirSync(directory).toSorted().at(-1) ?? ""), "0000");
    assert.deepEqual(lastLinesIn(directory).map(Number), [4]);
    ring.close();
  });

  it("passes over an empty segment at its end", () => {
    const ring = ringOf(10);
    ring.append(line(1));
    assert.deepEqual(lastLinesIn(directory).map(Number), [1]);
    ring.close();
  });
});
