import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shown, type TarEntry } from "../../../src/drivers/images/tar-entry.ts";
import { TarReader } from "../../../src/drivers/images/tar-reader.ts";
import { Failed } from "../../../src/errors.ts";
import { tar, tarEntry, type TarFile } from "../../support/tar.ts";

interface Read extends TarEntry {
  readonly content: string;
}

/** Fed in pieces of `piece` bytes. */
const read = (archive: Buffer, piece = archive.length): Read[] => {
  const entries: Read[] = [];
  let content: Buffer[] = [];
  const reader = new TarReader({
    entry: (entry) => void entries.push({ ...entry, content: "" }),
    data: (bytes) => void content.push(Buffer.from(bytes)),
    hole: (size) => void content.push(Buffer.alloc(size)),
    endOfEntry: () => {
      const entry = entries.pop();
      if (entry) entries.push({ ...entry, content: Buffer.concat(content).toString("latin1") });
      content = [];
    },
  });
  for (let at = 0; at < archive.length; at += piece) reader.write(Buffer.from(archive.subarray(at, at + piece)));
  reader.end();
  return entries;
};
const only = (...files: readonly TarFile[]): Read => {
  const entries = read(tar(files));
  assert.equal(entries.length, 1);
  return entries[0] as Read;
};
const refuses = (archive: Buffer, why: RegExp): void => {
  assert.throws(
    () => read(archive),
    (error) => error instanceof Failed && why.test(error.message),
  );
};

describe("a tar archive", () => {
  const files: readonly TarFile[] = [
    { name: "./", type: "5", mode: 0o1777 },
    { name: "a", content: "x".repeat(700), uid: 5, gid: 6, mtime: 12, mode: 0o4755 },
    { name: "b", type: "2", link: "a" },
    { name: "c", content: "" },
    { name: "d", type: "3", device: [1, 3] },
    { name: "e", content: "end" },
  ];

  it("reads the same in whatever pieces it comes", () => {
    const whole = read(tar(files));
    assert.deepEqual(
      whole.map(({ type, path, size, content }) => [type, path.toString(), size, content.length]),
      [
        ["directory", "./", 0, 0],
        ["file", "a", 700, 700],
        ["symlink", "b", 0, 0],
        ["file", "c", 0, 0],
        ["char", "d", 0, 0],
        ["file", "e", 3, 3],
      ],
    );
    const { mode, uid, gid, mtime } = whole[1] as Read;
    assert.deepEqual([mode, uid, gid, mtime], [0o4755, 5, 6, { seconds: 12, nanoseconds: 0 }]);
    assert.deepEqual(whole[4]?.device, { major: 1, minor: 3 });
    for (const piece of [1, 7, 511, 513, 4096]) assert.deepEqual(read(tar(files), piece), whole);
  });

  it("may lack its end mark, and have anything behind it", () => {
    assert.equal(read(Buffer.concat(files.map(tarEntry))).length, 6);
    assert.equal(read(Buffer.concat([tar(files), Buffer.from("behind"), tar(files)])).length, 6);
    assert.deepEqual(read(Buffer.alloc(0)), []);
  });

  it("may end before the padding of its last entry", () => {
    const archive = tarEntry({ name: "a", content: "x" }).subarray(0, 513);
    assert.deepEqual(
      read(archive).map(({ content }) => content),
      ["x"],
    );
  });

  it("of GNU has a prefix where its times are none, as Go's reader has it, which once wrote such", () => {
    const prefixed = (prefix: string): string | undefined => {
      const archive = tar([{ name: "name", gnu: true }]);
      archive.write(prefix, 345, "latin1");
      fixChecksum(archive);
      return read(archive)[0]?.path.toString("latin1");
    };
    assert.deepEqual(["", "00000001234\0\0", "prefix", "\0\0\0\0\0\0\0\0\0\0\0\0x", "pre\xff"].map(prefixed), [
      "name",
      "name",
      "prefix/name",
      "name",
      "name",
    ]);
  });

  it("that ends within an entry is told by how much", () => {
    const archive = tar([{ name: "a", content: "x".repeat(600) }]);
    refuses(archive.subarray(0, 512 + 100), /ends within an entry, 500 bytes too early/);
    refuses(archive.subarray(0, 300), /ends 212 bytes too early/);
  });

  it("with a wrong checksum, a lone zero block or an unknown type is refused", () => {
    const broken = tar([{ name: "a" }]);
    broken[0] = 0x62;
    refuses(broken, /checksum/);
    refuses(Buffer.concat([Buffer.alloc(512), tar([{ name: "a" }])]), /lone zero block/);
    refuses(tar([{ name: "a", type: "Z" }]), /"a" is of the unknown type "Z"/);
  });

  it("of the oldest form marks directories by a slash", () => {
    assert.equal(only({ name: "d/", type: "\0", size: 512 }).type, "directory");
    assert.equal(only({ name: "f", type: "\0", content: "x" }).content, "x");
  });

  it("has no data behind links, whatever their header says", () => {
    const entries = read(tar([{ name: "l", type: "1", link: "a", size: 512 }, { name: "b" }]));
    assert.deepEqual(
      entries.map(({ path, size }) => [path.toString(), size]),
      [
        ["l", 0],
        ["b", 0],
      ],
    );
  });
});

describe("extensions of tar", () => {
  const long = "d/".repeat(150);

  it("give long names in the GNU way and in pax's", () => {
    const gnu = read(
      tar([
        { name: "x", type: "L", content: `${long}\0` },
        { name: "x", type: "K", content: "target\0" },
        { name: "cut", type: "2" },
      ]),
    );
    assert.deepEqual([gnu[0]?.path.toString(), gnu[0]?.linkPath.toString()], [long, "target"]);
    const pax = only({ name: "cut", type: "2", pax: { path: long, linkpath: "target" } });
    assert.deepEqual([pax.path.toString(), pax.linkPath.toString()], [long, "target"]);
    const ustar = tar([{ name: "name" }]);
    ustar.write("prefix", 345);
    fixChecksum(ustar);
    assert.equal(read(ustar)[0]?.path.toString(), "prefix/name");
  });

  it("keep names as bytes, and attributes too", () => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    assert.deepEqual(only({ name }).path, name);
    const value = Buffer.from([0, 1, 0x0a, 0xff]);
    assert.deepEqual(
      [...only({ name: "a", pax: { "SCHILY.xattr.security.capability": value } }).xattrs],
      [["security.capability", value]],
    );
  });

  it("give times their nanoseconds, sizes and owners their full range", () => {
    const read = only({ name: "a", pax: { mtime: "1700000000.123456789", uid: "3000000", gid: "4294967294" } });
    assert.deepEqual(read.mtime, { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
    assert.deepEqual([read.uid, read.gid], [3_000_000, 4_294_967_294]);
    assert.deepEqual(only({ name: "a", pax: { mtime: "-1.25" } }).mtime, { seconds: -2, nanoseconds: 750_000_000 });
    assert.deepEqual(only({ name: "a", pax: { mtime: "99999999999999" } }).mtime, { seconds: 0, nanoseconds: 0 });
    const base256 = tar([{ name: "a" }]);
    base256.set([0x80, 0, 0, 0, 0, 0x2d, 0xc6, 0xc0], 108);
    fixChecksum(base256);
    assert.equal(readAll(base256)[0]?.uid, 3_000_000);
  });

  it("apply to the file, not to an extension header in between", () => {
    const archive = Buffer.concat([
      tarEntry({ name: "pax", type: "x", content: "10 size=3\n" }),
      tarEntry({ name: "x", type: "L", content: `${long}\0` }),
      tarEntry({ name: "cut", content: "abc", size: 0 }),
    ]);
    const entries = readAll(archive);
    assert.deepEqual([entries[0]?.path.toString(), entries[0]?.content], [long, "abc"]);
  });

  it("are forgotten over one of the archive as a whole, as Go's reader does", () => {
    const entries = read(
      tar([
        { name: "x", type: "x", content: "11 path=no\n" },
        { name: "x", type: "L", content: "long\0" },
        { name: "g", type: "g", content: "11 path=no\n" },
        { name: "a" },
      ]),
    );
    assert.deepEqual(
      entries.map(({ path }) => path.toString()),
      ["a"],
    );
  });

  it("are taken back by an empty one", () => {
    const archive = tar([{ name: "x", type: "L", content: "long\0" }, { name: "x", type: "L" }, { name: "a" }]);
    assert.equal(read(archive)[0]?.path.toString(), "a");
  });

  it("of an archive as a whole are passed over", () => {
    assert.equal(
      read(tar([{ name: "g", type: "g", content: "11 path=no\n" }, { name: "a" }]))[0]?.path.toString(),
      "a",
    );
  });

  it("that lie about lengths or sizes are refused", () => {
    const x = (content: string) => tar([{ name: "x", type: "x", content }, { name: "a" }]);
    for (const lie of ["99 path=a\n", "5 a=b\n", "0 a=b\n", "-6 a=b\n", "6 ab\n\n", "6  a=\n\n", "junk"])
      refuses(x(lie), /pax record/);
    refuses(tar([{ name: "a", pax: { size: "-1" } }]), /has the size -1/);
    for (const size of ["1e9", "9223372036854775808", "0x10"])
      refuses(tar([{ name: "a", pax: { size } }]), /not a number in range/);
    refuses(tar([{ name: "a", pax: { path: "a\0b" } }]), /holds a NUL/);
    refuses(tar([{ name: "x", type: "x", size: 2 ** 30 }]), /extension header of 1073741824 bytes/);
    refuses(tar([{ name: "a", pax: { uid: "4294967295" } }]), /which is no owner/);
    refuses(tar([{ name: "a", pax: { uid: "-1" } }]), /which is no owner/);
    const negative = tar([{ name: "a" }]);
    negative.fill(0xff, 124, 136);
    fixChecksum(negative);
    refuses(negative, /has the size -1/);
  });

  const readAll = read;
});

describe("a name in a message", () => {
  it("cannot move the cursor of who reads it", () => {
    assert.equal(shown(Buffer.from("a\n\x1b[31m\x7f\u009b")), '"a\\n\\u001b[31m\\u007f\\u009b"');
    assert(shown(Buffer.alloc(10_000, "a")).length < 210);
  });
});

const fixChecksum = (archive: Buffer): void => {
  archive.fill(" ", 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
};
