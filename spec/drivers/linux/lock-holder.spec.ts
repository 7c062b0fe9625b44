import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { tryLock } from "../../../src/drivers/linux/flock.ts";
import { lockHolder, parseLocks } from "../../../src/drivers/linux/lock-holder.ts";

describe("who holds a lock", () => {
  const place = mkdtempSync("/dev/shm/troupe-locks-");
  after(() => rmSync(place, { recursive: true }));

  it("is told by pid, while it is held; nobody is told for a file that is free, or not there", () => {
    const path = join(place, "lock");
    assert.equal(lockHolder(path), undefined);
    const lock = tryLock(path);
    assert.equal(lockHolder(path), process.pid);
    lock?.release();
    assert.equal(lockHolder(path), undefined);
  });

  it("is read from /proc/locks by device and inode, and is no waiter and no holder of another kind of lock", () => {
    const text = [
      "1: POSIX  ADVISORY  WRITE 11 00:19:500 0 EOF",
      "2: FLOCK  ADVISORY  WRITE 12 08:01:500 0 EOF",
      "3: FLOCK  ADVISORY  WRITE 13 00:19:500 0 EOF",
      "3: -> FLOCK  ADVISORY  WRITE 14 00:19:500 0 EOF",
      "4: FLOCK  ADVISORY  WRITE 15 103:0a:7 0 EOF",
      "",
    ].join("\n");
    assert.equal(parseLocks(text, { dev: 0x19n, ino: 500n }), 13);
    assert.equal(parseLocks(text, { dev: 0x801n, ino: 500n }), 12);
    assert.equal(parseLocks(text, { dev: 0x1030an, ino: 7n }), 15);
    assert.equal(parseLocks(text, { dev: 0x19n, ino: 501n }), undefined);
  });
});
