import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { filterStore } from "../../../src/drivers/oci/filter-store.ts";

describe("a store of compiled filters", () => {
  let place: string;
  let dir: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "troupe-filters-"));
    dir = join(place, "seccomp/crun");
  });
  afterEach(() => rmSync(place, { recursive: true }));
  const one = Buffer.alloc(16, 1);
  const two = Buffer.alloc(24, 2);

  it("touches no disk before it is used", () => {
    filterStore(dir);
    assert.deepEqual(readdirSync(place), []);
  });

  it("gives back what it was given, also after a restart", () => {
    const store = filterStore(dir);
    assert.equal(store.get("a"), undefined);
    store.put("a", one);
    store.put("b", two);
    for (const each of [store, filterStore(dir)]) {
      assert.deepEqual(each.get("a"), one);
      assert.deepEqual(each.get("b"), two);
      assert.equal(each.get("c"), undefined);
    }
  });

  it("lets nobody else in", () => {
    filterStore(dir).put("a", one);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    assert.equal(statSync(join(dir, "a")).mode & 0o777, 0o600);
  });

  it("never uses a file that is damaged, cut, another's or no filter, and deletes it", () => {
    const damages: readonly (readonly [string, (file: string) => void])[] = [
      ["one bit turned", (file) => writeFileSync(file, flipped(readFileSync(file)))],
      ["the last instruction lost", (file) => truncateSync(file, statSync(file).size - 8)],
      ["empty", (file) => truncateSync(file, 0)],
      ["nothing but a digest", (file) => truncateSync(file, 32)],
      ["copied from another profile's", (file) => copyFileSync(join(dir, "good"), file)],
      ["a directory", (file) => (rmSync(file), mkdirSync(file))],
    ];
    for (const [what, damage] of damages) {
      const store = filterStore(dir);
      store.put("good", two);
      store.put("bad", one);
      damage(join(dir, "bad"));
      writeFileSync(join(dir, "half.new"), "of a daemon that died");
      const later = filterStore(dir);
      assert.equal(later.get("bad"), undefined, what);
      assert.deepEqual(later.get("good"), two, what);
      assert.deepEqual(readdirSync(dir), ["good"], what);
    }
  });

  it("takes nothing that cannot be a filter", () => {
    const store = filterStore(dir);
    for (const size of [0, 7, 12, 4097 * 8]) store.put("a", Buffer.alloc(size));
    assert.equal(store.get("a"), undefined);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("forgets the one that was used least lately when it is full", () => {
    const store = filterStore(dir, 2);
    store.put("a", one);
    store.put("b", one);
    store.get("a");
    store.put("c", one);
    assert.equal(store.get("b"), undefined);
    assert.deepEqual(readdirSync(dir).toSorted(), ["a", "c"]);
  });

  it("keeps filters in memory alone where the directory is open to others, or is none", () => {
    mkdirSync(dir, { recursive: true });
    filterStore(join(place, "elsewhere")).put("a", one);
    chmodSync(dir, 0o755);
    copyFileSync(join(place, "elsewhere/a"), join(dir, "a"));
    const open = filterStore(dir);
    assert.equal(open.get("a"), undefined);
    open.put("b", one);
    assert.deepEqual(open.get("b"), one);
    assert.deepEqual(readdirSync(dir), ["a"]);

    writeFileSync(join(place, "file"), "");
    const none = filterStore(join(place, "file"));
    none.put("b", one);
    assert.deepEqual(none.get("b"), one);
  });

  it("goes on in memory when a file cannot be written", () => {
    const store = filterStore(dir);
    store.get("a");
    rmSync(dir, { recursive: true });
    store.put("a", one);
    assert.deepEqual(store.get("a"), one);
  });
});

const flipped = (content: Buffer): Buffer => {
  const last = content.length - 1;
  content.writeUInt8(content.readUInt8(last) ^ 1, last);
  return content;
};
