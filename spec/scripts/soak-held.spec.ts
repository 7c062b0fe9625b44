import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeHeapSnapshot } from "node:v8";
import { bytesHeldIn } from "../../scripts/soak/held.ts";

const mebibyte = 1024 * 1024;

describe("what the objects of a program take", () => {
  const heldNow = (): number => {
    const file = writeHeapSnapshot(join(tmpdir(), `held-${process.pid}.heapsnapshot`));
    try {
      return bytesHeldIn(readFileSync(file, "utf8"));
    } finally {
      rmSync(file);
    }
  };

  it("is more by what is kept, on the heap or in a buffer, and less again when it is not", () => {
    const before = heldNow();
    const kept: unknown[] = [Array.from({ length: mebibyte / 8 }, (_, n) => n + 0.5), Buffer.alloc(mebibyte, 1)];
    const with2MiB = heldNow() - before;
    assert.ok(Math.abs(with2MiB / mebibyte - 2) < 0.3, `${with2MiB} bytes more`);
    kept.length = 0;
    const without = heldNow() - before;
    assert.ok(without < 0.3 * mebibyte, `${without} bytes more`);
  });
});
