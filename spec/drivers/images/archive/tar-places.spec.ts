/** Where the files of a tar lie. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { filesInTar } from "../../../../src/drivers/images/archive/tar-places.ts";
import { tar, type TarFile } from "../../../support/tar.ts";

describe("the files of a tar", () => {
  const place = mkdtempSync(join(tmpdir(), "places-"));
  after(() => rmSync(place, { recursive: true }));

  const filesOf = async (files: readonly TarFile[]): Promise<Readonly<Record<string, string>>> => {
    const [path, bytes] = [join(place, "tar"), tar(files)];
    writeFileSync(path, bytes);
    await using file = await open(path, "r");
    const places = await filesInTar(file);
    return Object.fromEntries(
      [...places].map(([name, { offset, size }]) => [name, bytes.toString("utf8", offset, offset + size)]),
    );
  };

  it("are found behind directories, links, and other files, under their normalised names", async () => {
    const long = `${"long/".repeat(30)}name`;
    const found = await filesOf([
      { name: "./", type: "5" },
      { name: "link", type: "2", link: "a" },
      { name: "./a", content: "one" },
      { name: "hard", type: "1", link: "a", size: 3 },
      { name: "x".repeat(99), pax: { path: long }, content: "x".repeat(1000) },
      { name: "./././@LongLink", type: "L", content: `${long}-too` },
      { name: "short", content: "two" },
      { name: "./././@LongLink", type: "K", content: `${"x".repeat(600)}\0` },
      { name: "far", type: "2", link: "x" },
      { name: "last", content: "three" },
      { name: "empty" },
    ]);
    assert.deepEqual(found, { a: "one", [long]: "x".repeat(1000), [`${long}-too`]: "two", last: "three", empty: "" });
  });

  it("are the last ones of their name", async () => {
    assert.deepEqual(
      await filesOf([
        { name: "a", content: "one" },
        { name: "a", content: "two" },
      ]),
      { a: "two" },
    );
  });

  it("are not sparse, nor of a size that cannot be", async () => {
    await assert.rejects(filesOf([{ name: "a", type: "S", gnu: true }]), /"a" is sparse/);
    await assert.rejects(filesOf([{ name: "a", pax: { size: String(2 ** 53 - 1) } }]), /size/);
    await assert.rejects(filesOf([{ name: "p", type: "x", size: 2 << 20 }]), /an extension header has 2097152 bytes/);
  });
});
