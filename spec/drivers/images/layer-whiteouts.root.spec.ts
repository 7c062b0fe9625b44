import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { getXattr } from "../../../src/drivers/linux/xattrs.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { type TarFile } from "../../support/tar.ts";
import { isWhiteout, opaque, unpacking } from "./unpacking.ts";

describe("a layer with whiteouts", inTestNode, () => {
  const { unpack, place } = unpacking();
  let lower: string;
  beforeEach(async () => {
    ({ directory: lower } = await unpack([{ name: "a" }, { name: "d/b" }, { name: "d/e/f" }, { name: "keep" }]));
  });

  it("hides files of the layers below by a device that overlay knows", async () => {
    const { directory, written } = await unpack([{ name: ".wh.a" }, { name: "d/.wh.b", content: "ignored" }], [lower]);
    assert(isWhiteout(join(directory, "a")) && isWhiteout(join(directory, "d/b")));
    assert(written.dependent);
  });
  it("makes none where there is nothing to hide", async () => {
    const { directory } = await unpack(
      [{ name: ".wh.nothing" }, { name: "no/.wh.where" }, { name: "d/.wh.x" }],
      [lower],
    );
    assert.deepEqual(readdirSync(directory), []);
    assert.deepEqual(readdirSync((await unpack([{ name: ".wh.a" }])).directory), []);
  });
  it("never hides what the layer itself brings, whatever comes first", async () => {
    for (const order of [0, 1]) {
      const files: TarFile[] = [{ name: ".wh.a" }, { name: "a", content: "own" }, { name: ".wh.d" }, { name: "d/own" }];
      const { directory } = await unpack(order === 0 ? files : files.toReversed(), [lower]);
      assert.equal(readFileSync(join(directory, "a"), "utf8"), "own");
      assert.deepEqual(readdirSync(join(directory, "d")), ["own"]);
      assert.equal(getXattr(Buffer.from(join(directory, "d")), opaque)?.toString(), "y");
    }
  });
  it("makes a directory opaque at any position, and needs no whiteouts in there", async () => {
    const { directory, written } = await unpack(
      [{ name: "d/.wh.b" }, { name: "d/own" }, { name: "d/.wh..wh..opq" }, { name: "new/.wh..wh..opq" }],
      [lower],
    );
    assert.deepEqual(readdirSync(join(directory, "d")), ["own"]);
    assert.equal(getXattr(Buffer.from(join(directory, "new")), opaque)?.toString(), "y");
    assert.equal(written.opaqueRoot, false);
    assert.equal((await unpack([{ name: ".wh..wh..opq" }], [lower])).written.opaqueRoot, true);
  });
  it("has nothing to do below one that is hidden itself", async () => {
    const { directory } = await unpack([{ name: "d/e/.wh.f" }, { name: ".wh.d" }], [lower]);
    assert.deepEqual(readdirSync(directory), ["d"]);
    assert(isWhiteout(join(directory, "d")));
  });
  it("passes over what AUFS left, and refuses names that hide nothing", async () => {
    const { directory } = await unpack([
      { name: ".wh..wh.plnk/", type: "5" },
      { name: ".wh..wh.plnk/1.2" },
      { name: ".wh..wh.aufs" },
    ]);
    assert.deepEqual(readdirSync(directory), []);
    for (const name of [".wh.", ".wh..", ".wh...", "d/.wh...", ".wh.a/b"])
      await assert.rejects(unpack([{ name }], [lower]), /names nothing that can be hidden/);
  });
  it("leaves out an image's own device 0/0, which would be one", async () => {
    const { directory, written } = await unpack([{ name: "null", type: "3", device: [0, 0] }]);
    assert.deepEqual(readdirSync(directory), []);
    assert.match(written.warnings[0] ?? "", /a character device 0\/0 was left out/);
  });
  it("takes such a device for the whiteout that it would be, of what stood under its name", async () => {
    const { directory } = await unpack(
      [
        { name: "a", content: "own" },
        { name: "a", type: "3", device: [0, 0] },
      ],
      [lower],
    );
    assert(isWhiteout(join(directory, "a")));
  });
  it("has nothing to do where its own links lead to files or round in circles", async () => {
    const { directory } = await unpack([
      { name: "f" },
      { name: "l", type: "2", link: "f" },
      { name: "o", type: "2", link: "o" },
      { name: "l/.wh.x" },
      { name: "o/.wh.x" },
    ]);
    assert.deepEqual(readdirSync(directory).toSorted(), ["f", "l", "o"]);
  });
  it("shows in overlay what the image means", async () => {
    const { directory: upper } = await unpack(
      [{ name: ".wh.a" }, { name: "d/.wh..wh..opq" }, { name: "d/own" }, { name: "new" }],
      [lower],
    );
    const target = place("merged");
    mkdirSync(target);
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=${upper}:${lower}`, target]);
    try {
      assert.deepEqual(readdirSync(target, { recursive: true }).toSorted(), ["d", "d/own", "keep", "new"]);
    } finally {
      execFileSync("umount", [target]);
    }
  });
});
