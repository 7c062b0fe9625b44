import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ImageStore } from "../../../src/drivers/images/store.ts";

describe("what is thrown away in the image store and cannot be yet", () => {
  let directory: string;
  let store: ImageStore;
  let warnings: string[];
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "troupe-store-"));
    warnings = [];
    let ids = 0;
    store = new ImageStore({ directory, randomId: () => `id-${++ids}`, warn: (text) => warnings.push(text) });
    await store.prepare();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const trash = (): string => join(directory, "trash");
  const withoutTrash = async (work: () => Promise<void>): Promise<void> => {
    renameSync(trash(), `${trash()}.away`);
    writeFileSync(trash(), "");
    await work();
    rmSync(trash());
    renameSync(`${trash()}.away`, trash());
  };

  it("is told, and goes with the next emptying", async () => {
    const temporary = await store.temporary();
    await withoutTrash(() => store.discardInTime(temporary));
    assert.match(warnings.join(), /^\S+\/tmp\/id-\d+ cannot be thrown away yet: ENOTDIR/);
    await store.emptyTrash();
    assert.deepEqual([readdirSync(join(directory, "tmp")), readdirSync(trash())], [[], []]);
  });

  it("does not take with it what has come to its place meanwhile", async () => {
    const layer = async (name: string): Promise<string> => {
      const temporary = await store.temporary();
      mkdirSync(join(temporary, name));
      return temporary;
    };
    await store.placeLayer(await layer("old"), "key");
    await withoutTrash(() => store.discardInTime(store.layerPath("key")));
    await store.placeLayer(await layer("new"), "key");
    await store.emptyTrash();
    assert.deepEqual(readdirSync(store.layerPath("key")), ["new"]);
  });
});
