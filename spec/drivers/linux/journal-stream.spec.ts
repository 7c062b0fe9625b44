import assert from "node:assert/strict";
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isJournalStream } from "../../../src/drivers/linux/journal-stream.ts";

describe("the journal's stream", () => {
  const dir = mkdtempSync(join(tmpdir(), "journal-stream-"));
  const file = openSync(join(dir, "stream"), "w");
  after(() => {
    closeSync(file);
    rmSync(dir, { recursive: true });
  });
  const { dev, ino } = fstatSync(file, { bigint: true });

  it("is known by device and inode, and not by the variable alone, which programs with another stderr inherit", () => {
    assert.ok(isJournalStream({ JOURNAL_STREAM: `${dev}:${ino}` }, file));
    assert.ok(!isJournalStream({ JOURNAL_STREAM: `${dev}:${ino + 1n}` }, file));
    assert.ok(!isJournalStream({}, file));
  });

  it("is none where the variable makes no sense, or the descriptor is closed", () => {
    for (const JOURNAL_STREAM of ["", ":", "1", "a:b", "1:2:3"]) assert.ok(!isJournalStream({ JOURNAL_STREAM }, file));
    assert.ok(!isJournalStream({ JOURNAL_STREAM: "1:2" }, 1_000_000));
  });
});
