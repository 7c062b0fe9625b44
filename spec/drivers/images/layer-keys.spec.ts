import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { LayerRecord } from "../../../src/drivers/images/image-record.ts";
import { layerKeys } from "../../../src/drivers/images/layer-keys.ts";
import { mountOrder } from "../../../src/drivers/images/layer-shelf.ts";
import type { DiffId } from "../../../src/vocabulary/index.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("a layer's names in the store", () => {
  it("are its diffId, and the image-spec's ChainID where it fits one stack only", () => {
    const [a, b, c] = ["a", "b", "c"].map((letter) => letter.repeat(64));
    const ab = sha256(`sha256:${a} sha256:${b}`);
    assert.deepEqual(layerKeys([`sha256:${a}`, `sha256:${b}`, `sha256:${c}`] as DiffId[]), [
      { alone: a, chained: `chain-${a}` },
      { alone: b, chained: `chain-${ab}` },
      { alone: c, chained: `chain-${sha256(`sha256:${ab} sha256:${c}`)}` },
    ]);
  });
});

describe("the layers for a mount", () => {
  const layer = (key: string, opaqueRoot = false): LayerRecord => ({ key, opaqueRoot, bytes: 1, inodes: 1 });

  it("are told topmost first, and one that comes twice only at its upper place", () => {
    assert.deepEqual(mountOrder([layer("a"), layer("empty"), layer("b"), layer("empty"), layer("c")]), [
      "c",
      "empty",
      "b",
      "a",
    ]);
  });
  it("end at a layer that hides all below it, which overlay would not see", () => {
    assert.deepEqual(mountOrder([layer("a"), layer("b", true), layer("c")]), ["c", "b"]);
  });
});
