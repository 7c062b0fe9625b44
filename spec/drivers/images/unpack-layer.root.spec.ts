import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { getXattr } from "../../../src/drivers/linux/xattrs.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { expanded, sparseEntry, sparseForms } from "../../support/tar-sparse.ts";
import { tar, type TarFile } from "../../support/tar.ts";
import { sha256, unpacking } from "./unpacking.ts";

describe("a layer unpacked", inTestNode, () => {
  const { unpack, unpackBytes, place } = unpacking();

  it("has each file's content, owner, mode, attributes and time", async () => {
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const { directory } = await unpack([
      { name: "d/", type: "5", mode: 0o2775, uid: 1, gid: 2, mtime: 100 },
      {
        name: "d/f",
        content: "x".repeat(300_000),
        mode: 0o4755,
        uid: 3_000_000 - 1,
        gid: 4,
        pax: {
          mtime: "200.5",
          uid: "3000000",
          "SCHILY.xattr.security.capability": capability,
          "SCHILY.xattr.user.a": "b",
        },
      },
      { name: "d/l", type: "2", link: "f", uid: 7, mtime: 300 },
      { name: "d/h", type: "1", link: "d/f" },
      { name: "d/p", type: "6", mode: 0o640 },
      { name: "d/null", type: "3", device: [1, 3], mode: 0o666 },
    ]);
    const of = (name: string) => lstatSync(join(directory, name));
    assert.deepEqual([of("d").mode & 0o7777, of("d").uid, of("d").gid, of("d").mtimeMs], [0o2775, 1, 2, 100_000]);
    assert.deepEqual(
      [of("d/f").mode & 0o7777, of("d/f").uid, of("d/f").gid, of("d/f").mtimeMs],
      [0o4755, 3_000_000, 4, 200_500],
    );
    assert.equal(readFileSync(join(directory, "d/f")).length, 300_000);
    assert.deepEqual(getXattr(Buffer.from(join(directory, "d/f")), "security.capability"), capability);
    assert.equal(getXattr(Buffer.from(join(directory, "d/f")), "user.a")?.toString(), "b");
    assert.deepEqual([readlinkSync(join(directory, "d/l")), of("d/l").uid, of("d/l").mtimeMs], ["f", 7, 300_000]);
    assert.equal(of("d/h").ino, of("d/f").ino);
    assert(of("d/p").isFIFO() && (of("d/p").mode & 0o7777) === 0o640);
    assert.deepEqual(
      [of("d/null").isCharacterDevice(), of("d/null").rdev, of("d/null").mode & 0o777],
      [true, 0x103, 0o666],
    );
  });

  it("has sparse files whole and with their holes, which are charged for what is in them", async () => {
    const sparse = {
      size: 50_000_000,
      pieces: [
        [4096, "begin"],
        [40_000_000, "end"],
      ] as const,
    };
    for (const form of sparseForms) {
      const entry = sparseEntry({ name: "s", mode: 0o4755, mtime: 9 }, sparse, form);
      const { directory, written } = await unpack([entry], [], { bytes: 100_000, inodes: 10 });
      const { size, blocks, mode, mtimeMs } = statSync(join(directory, "s"));
      assert.deepEqual([size, mode & 0o7777, mtimeMs], [50_000_000, 0o4755, 9000]);
      assert(blocks < 100, `${blocks} blocks`);
      assert.equal(written.inodes, 2);
      assert(readFileSync(join(directory, "s")).equals(expanded(sparse)));
    }
  });

  it("is the same from gzip in one or many members, zstd in one or many frames, and plain tar", async () => {
    const archive = tar([{ name: "f", content: "x".repeat(100_000) }]);
    const [head, tail] = [archive.subarray(0, 50_000), archive.subarray(50_000)];
    const skippable = Buffer.from("502a4d180300000041424344".slice(0, 22), "hex");
    for (const blob of [
      archive,
      gzipSync(archive),
      Buffer.concat([gzipSync(head), gzipSync(tail)]),
      zstdCompressSync(archive),
      Buffer.concat([skippable, zstdCompressSync(head), zstdCompressSync(tail)]),
    ]) {
      const { directory } = await unpackBytes(blob, sha256(archive));
      assert.equal(statSync(join(directory, "f")).size, 100_000);
    }
  });

  it("of other content than the config promises is refused, with both digests", async () => {
    const archive = tar([{ name: "f" }]);
    const [wrong, right] = [sha256(Buffer.from("other")), sha256(archive)];
    await assert.rejects(unpackBytes(gzipSync(archive), wrong), {
      message: `the image's config promises the content ${wrong}, the layer holds ${right}`,
    });
    const behind = Buffer.concat([archive, Buffer.from("behind the end")]);
    await assert.rejects(unpackBytes(gzipSync(behind), right), /the layer holds sha256:/);
  });

  it("from a broken stream is refused in words", async () => {
    const archive = tar([{ name: "f", content: "x".repeat(1000) }]);
    const [gzip, zstd] = [gzipSync(archive), zstdCompressSync(archive)];
    const junk = Buffer.from("junk behind it");
    await assert.rejects(unpackBytes(gzip.subarray(0, -9), sha256(archive)), /its gzip stream is broken/);
    await assert.rejects(unpackBytes(Buffer.concat([gzip, junk]), sha256(archive)), /its gzip stream is broken/);
    await assert.rejects(unpackBytes(zstd.subarray(0, -2), sha256(archive)), /its zstd stream is broken/);
    await assert.rejects(
      unpackBytes(Buffer.concat([zstd, junk]), sha256(archive)),
      /its zstd stream ends before the blob does/,
    );
  });

  it("stops at its limits of bytes and files before it has written them", async () => {
    const big: TarFile = { name: "big", content: "x".repeat(10_000) };
    await assert.rejects(unpack([big], [], { bytes: 8192, inodes: 10 }), {
      name: "Exhausted",
      message: /entry "big": the image needs more than the 8192 bytes/,
    });
    const many = Array.from({ length: 10 }, (_, index) => ({ name: `f${index}` }));
    await assert.rejects(unpack(many, [], { bytes: 1e6, inodes: 10 }), { name: "Exhausted", message: /the 10 files/ });
    await assert.rejects(unpack([{ name: "huge", pax: { size: String(2 ** 50) } }]), { name: "Exhausted" });
  });

  describe("in which an entry comes again", () => {
    it("has the last one", async () => {
      const { directory } = await unpack([
        { name: "a", content: "first" },
        { name: "a", content: "second" },
        { name: "b/", type: "5", mode: 0o700 },
        { name: "b/x", content: "kept" },
        { name: "b/", type: "5", mode: 0o711 },
        { name: "c/d/e", content: "goes" },
        { name: "c", content: "a file now" },
        { name: "l", type: "2", link: "a" },
        { name: "l", content: "no link now" },
      ]);
      assert.equal(readFileSync(join(directory, "a"), "utf8"), "second");
      assert.equal(statSync(join(directory, "b")).mode & 0o777, 0o711);
      assert.equal(readFileSync(join(directory, "b/x"), "utf8"), "kept");
      assert.equal(readFileSync(join(directory, "c"), "utf8"), "a file now");
      assert.equal(readFileSync(join(directory, "l"), "utf8"), "no link now");
    });
  });

  it("has setuid and setgid on FIFOs and devices too, which chown takes away", async () => {
    const { directory } = await unpack([
      { name: "p", type: "6", mode: 0o6640, uid: 5 },
      { name: "c", type: "3", device: [1, 3], mode: 0o7666, gid: 6 },
    ]);
    assert.deepEqual(
      ["p", "c"].map((name) => lstatSync(join(directory, name)).mode & 0o7777),
      [0o6640, 0o7666],
    );
  });

  it("may turn a directory that it has filled into a file", async () => {
    const { directory } = await unpack([
      { name: "a/b/", type: "5" },
      { name: "a", content: "file" },
    ]);
    assert.equal(readFileSync(join(directory, "a"), "utf8"), "file");
  });

  it("has a directory's time also where the link by which it was named is gone", async () => {
    const { directory } = await unpack([
      { name: "l", type: "2", link: "/" },
      { name: "l/d/", type: "5", mtime: 70 },
      { name: "l", type: "2", link: "elsewhere" },
    ]);
    assert.equal(statSync(join(directory, "d")).mtimeMs, 70_000);
  });

  it("has of a directory that is named twice the attributes of the last entry alone", async () => {
    const pax = { "SCHILY.xattr.user.k": "v" };
    const base = await unpack([{ name: "d/", type: "5", pax }]);
    for (const first of [{ name: "d/", type: "5", pax }, { name: "d/child" }]) {
      const { directory } = await unpack([first, { name: "d/", type: "5" }], [base.directory]);
      assert.equal(getXattr(Buffer.from(join(directory, "d")), "user.k"), undefined);
    }
  });

  describe("with parents that it does not name", () => {
    it("takes their looks from the layer below, and then fits that one only", async () => {
      const base = await unpack([
        { name: "./", type: "5", mode: 0o711 },
        { name: "d/", type: "5", mode: 0o1777, uid: 9, mtime: 50, pax: { "SCHILY.xattr.user.k": "v" } },
      ]);
      const { directory, written } = await unpack([{ name: "d/new/f" }], [base.directory]);
      const d = statSync(join(directory, "d"));
      assert.deepEqual([d.mode & 0o7777, d.uid, d.mtimeMs], [0o1777, 9, 50_000]);
      assert.equal(getXattr(Buffer.from(join(directory, "d")), "user.k")?.toString(), "v");
      assert.equal(statSync(join(directory, "d/new")).mode & 0o7777, 0o755);
      assert.equal(statSync(directory).mode & 0o7777, 0o711);
      assert.deepEqual([base.written.dependent, written.dependent], [false, true]);
    });
    it("takes over times to the nanosecond", async () => {
      const base = await unpack([{ name: "d/", type: "5", pax: { mtime: "1600000000.123456789" } }]);
      const { directory } = await unpack([{ name: "d/f" }], [base.directory]);
      assert.equal(lstatSync(join(directory, "d"), { bigint: true }).mtimeNs, 1_600_000_000_123_456_789n);
    });
    it("makes them root's, 0755, also below one with setgid", async () => {
      const { directory } = await unpack([{ name: "d/", type: "5", mode: 0o2775, gid: 7 }, { name: "d/new/f" }]);
      const { mode, gid } = statSync(join(directory, "d/new"));
      assert.deepEqual([mode & 0o7777, gid], [0o755, 0]);
    });
    it("puts files through its own links, also where those lead nowhere yet", async () => {
      const { directory } = await unpack([
        { name: "lib", type: "2", link: "/usr/lib" },
        { name: "lib/so", content: "1" },
        { name: "deep/l", type: "2", link: "../other" },
        { name: "deep/l/f", content: "2" },
      ]);
      assert.equal(readFileSync(join(directory, "usr/lib/so"), "utf8"), "1");
      assert.equal(readFileSync(join(directory, "other/f"), "utf8"), "2");
      await assert.rejects(unpack([{ name: "l", type: "2", link: "l" }, { name: "l/f" }]), /entry "l\/f":/);
    });
    it("knows nothing of links in the layers below", async () => {
      const base = await unpack([{ name: "bin", type: "2", link: "usr/bin" }]);
      const { directory } = await unpack([{ name: "bin/sh" }], [base.directory]);
      assert(lstatSync(join(directory, "bin")).isDirectory());
    });
    it("refuses those that are files", async () => {
      await assert.rejects(unpack([{ name: "f" }, { name: "f/x" }]), /entry "f\/x": "f" is no directory/);
    });
  });

  describe("with hard links", () => {
    it("links symbolic links themselves, and copies a file of a layer below", async () => {
      const base = await unpack([{ name: "low", content: "below", mode: 0o640, uid: 3, mtime: 70 }]);
      const { directory, written } = await unpack(
        [
          { name: "s", type: "2", link: "/etc/passwd" },
          { name: "h", type: "1", link: "s" },
          { name: "copy", type: "1", link: "/low" },
        ],
        [base.directory],
      );
      assert.equal(readlinkSync(join(directory, "h")), "/etc/passwd");
      const copy = statSync(join(directory, "copy"));
      assert.deepEqual(
        [readFileSync(join(directory, "copy"), "utf8"), copy.mode & 0o777, copy.uid, copy.mtimeMs],
        ["below", 0o640, 3, 70_000],
      );
      assert(written.dependent);
    });
    it("copies links, FIFOs and devices of a layer below as well", async () => {
      const base = await unpack([
        { name: "s", type: "2", link: "anywhere", uid: 3, mtime: 70 },
        { name: "p", type: "6", mode: 0o6640, uid: 4 },
        { name: "c", type: "3", device: [254, 300], mode: 0o600 },
        { name: "b", type: "4", device: [8, 17], mode: 0o600 },
      ]);
      const links = ["s", "p", "c", "b"].map((link): TarFile => ({ name: `copy-${link}`, type: "1", link }));
      const { directory } = await unpack(links, [base.directory]);
      const looks = (layer: string, name: string) => {
        const { mode, uid, rdev, mtimeMs } = lstatSync(join(layer, name));
        return { mode, uid, rdev, mtimeMs };
      };
      for (const { name, link } of links)
        assert.deepEqual(looks(directory, String(name)), looks(base.directory, String(link)));
      assert.equal(readlinkSync(join(directory, "copy-s")), "anywhere");
    });
    it("refuses targets that are not there, and directories", async () => {
      await assert.rejects(
        unpack([{ name: "h", type: "1", link: "later" }, { name: "later" }]),
        /the target "later" of the hard link is not there/,
      );
      await assert.rejects(
        unpack([
          { name: "d/", type: "5" },
          { name: "h", type: "1", link: "d" },
        ]),
        /is no file/,
      );
      await assert.rejects(unpack([{ name: "h", type: "1", link: "." }]), /is no file/);
    });
  });

  it("reads a layer that GNU tar has packed, with long names, owners and attributes", async () => {
    const source = place("gnu");
    mkdirSync(join(source, "d".repeat(90), "e".repeat(90)), { recursive: true });
    writeFileSync(join(source, "d".repeat(90), "e".repeat(90), "f".repeat(90)), "deep");
    execFileSync("setcap", ["cap_net_raw+ep", join(source, "d".repeat(90), "e".repeat(90), "f".repeat(90))]);
    for (const format of ["gnu", "posix"]) {
      const attributes = format === "posix" ? ["--xattrs", "--xattrs-include=*"] : [];
      const archive = execFileSync("tar", ["-C", source, `--format=${format}`, ...attributes, "-cf", "-", "."], {
        maxBuffer: 1 << 24,
      });
      const { directory, written } = await unpackBytes(archive, sha256(archive));
      assert.equal(execFileSync("diff", ["-r", source, directory], { encoding: "utf8" }), "");
      assert.equal(written.inodes, 4);
      const file = Buffer.from(join(directory, "d".repeat(90), "e".repeat(90), "f".repeat(90)));
      assert.equal(getXattr(file, "security.capability") !== undefined, format === "posix");
    }
  });
});
