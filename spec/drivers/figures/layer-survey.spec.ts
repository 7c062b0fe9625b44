import assert from "node:assert/strict";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { surveyLayers } from "../../../src/drivers/figures/layer-survey.ts";
import { inFolder } from "./support.ts";

const never = new AbortController().signal;

describe("a survey of layers", () => {
  it("counts bytes and inodes of each, what is in two of them in both, and what their file system holds", () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, "1", "upper"), join(folder, "2", "upper")];
      for (const path of [one, two]) mkdirSync(path, { recursive: true });
      writeFileSync(join(one, "with a\ttab and\nnewline"), Buffer.alloc(1 << 20, 1));
      linkSync(join(one, "with a\ttab and\nnewline"), join(two, "same"));
      mkdirSync(join(two, "empty"));
      const { sizes, capacity } = await surveyLayers([one, two], never);
      const [first, second] = [sizes.get(one), sizes.get(two)];
      assert.ok((first?.usedBytes ?? 0) >= 1 << 20 && (second?.usedBytes ?? 0) >= 1 << 20);
      assert.deepEqual([first?.inodesUsed, second?.inodesUsed], [2, 3]);
      assert.ok((capacity?.limitBytes ?? 0) > 1 << 20 && (capacity?.inodesTotal ?? -1) >= (capacity?.inodesFree ?? 0));
    }));

  it("leaves out what is not there, and does not fail for it", () =>
    inFolder(async (folder) => {
      const [gone, here] = [join(folder, "1", "upper"), join(folder, "2", "upper")];
      mkdirSync(here, { recursive: true });
      const { sizes } = await surveyLayers([gone, here], never);
      assert.deepEqual([...sizes.keys()], [here]);
      assert.deepEqual(await surveyLayers([], never), { sizes: new Map(), capacity: undefined });
    }));

  it("that was called off counts nothing", () =>
    inFolder(async (folder) => {
      const { sizes } = await surveyLayers([folder], AbortSignal.abort());
      assert.equal(sizes.size, 0);
    }));
});
