import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { digestOf } from "../../../src/drivers/images/digest.ts";
import { partName } from "../../../src/drivers/images/left-blobs.ts";
import { ImageStore } from "../../../src/drivers/images/store.ts";

describe("blobs that an earlier daemon has fetched", () => {
  const digest = digestOf(Buffer.from("a"));
  let directory: string;
  let store: ImageStore;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "troupe-left-"));
    let ids = 0;
    store = new ImageStore({ directory, randomId: () => `id-${++ids}`, warn: assert.fail });
    await store.prepare();
    const temporary = await store.temporary();
    mkdirSync(join(temporary, "layer-1"));
    for (const name of [partName(digest), "lock"]) writeFileSync(join(temporary, name), "a");
    await store.sweepTemporaries();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const left = (): readonly string[] => readdirSync(join(directory, "left"));

  it("are kept where all else of its pulls goes", () => {
    assert.deepEqual([readdirSync(join(directory, "tmp")), left()], [[], [partName(digest)]]);
  });

  it("are taken by the first pull that needs them", async () => {
    const [mine, other] = [join(directory, "tmp", "mine"), join(directory, "tmp", "other")];
    assert.equal(await store.left.take(digest, mine), true);
    assert.equal(await store.left.take(digest, other), false);
    assert.deepEqual([readFileSync(mine, "utf8"), existsSync(other), left()], ["a", false, []]);
  });

  it("go when nobody has come for them", async () => {
    utimesSync(join(directory, "left", partName(digest)), 100, 100);
    await store.left.sweep(100_000);
    assert.equal(left().length, 1);
    await store.left.sweep(100_001);
    assert.deepEqual(left(), []);
  });
});
