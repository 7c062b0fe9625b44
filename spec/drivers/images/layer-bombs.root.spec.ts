import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { inTestNode } from "../../support/in-test-node.ts";
import { long } from "../../support/long.ts";
import { tar, tarEntry, type TarFile } from "../../support/tar.ts";
import { unpacking } from "./unpacking.ts";

const anyDiffId = `sha256:${"0".repeat(64)}`;
const MiB = 1 << 20;

/** So many MiB of an archive in a blob of some hundred bytes each: `piece` fills a part of one, and is told again and again. */
const bomb = (start: Buffer, piece: Buffer, mebibytes: number): Buffer => {
  const mebibyte = Buffer.concat(Array.from({ length: Math.floor(MiB / piece.length) }, () => piece));
  const frame = zstdCompressSync(mebibyte);
  return Buffer.concat([zstdCompressSync(start), ...Array.from({ length: mebibytes }, () => frame)]);
};

describe("a layer that is small on its way and large when it is there", inTestNode, () => {
  const { unpackBytes } = unpacking();
  const refuses = async (blob: Buffer, why: RegExp, limits = { bytes: 1e9, inodes: 1e6 }): Promise<void> => {
    const before = process.memoryUsage().rss;
    await assert.rejects(unpackBytes(blob, anyDiffId, [], limits), { name: "Exhausted", message: why });
    const grown = process.memoryUsage().rss - before;
    // Far above what is kept, for garbage is collected late; far below what a bomb unpacks to.
    assert(grown < 700 * MiB, `${grown / MiB} MiB more`);
  };
  const nothing = Buffer.alloc(0);

  it("is stopped before it has more bytes than there is room", async () => {
    const file = { name: "zeros", size: 2 ** 34 };
    const start = tarEntry(file).subarray(0, 512);
    await refuses(bomb(start, Buffer.alloc(MiB), 100), /entry "zeros": the image needs more than the 1000000000 bytes/);
    await refuses(gzipSync(Buffer.concat([start, Buffer.alloc(8 * MiB)])), /needs more than the 1000000000 bytes/);
  });

  it("is stopped at the last file for which there is room", async () => {
    const many = Array.from({ length: 2048 }, (_, index): TarFile => ({ name: `f${index}` }));
    await refuses(bomb(nothing, tar(many).subarray(0, -1024), 20), /needs more than the 1000 files/, {
      bytes: 1e9,
      inodes: 1000,
    });
  });

  const forNothing = /archive has more than 1073741824 bytes that are of no file/;
  it("is stopped where it goes on for nothing, behind its end", async () => {
    await refuses(bomb(Buffer.alloc(1024), Buffer.alloc(MiB), 1200), forNothing);
  });
  it(
    "is stopped where it goes on for nothing, in whiteouts or in headers that announce nothing",
    { skip: long ? false : "takes half a minute: TROUPE_LONG=1" },
    async () => {
      const whiteout = tarEntry({ name: ".wh.x", size: 2 ** 32 }).subarray(0, 512);
      await refuses(bomb(whiteout, Buffer.alloc(MiB), 1200), forNothing);
      const announced = tarEntry({ name: "g", type: "g", content: "x".repeat(MiB - 512) });
      await refuses(bomb(nothing, announced, 1200), forNothing);
    },
  );

  it("cannot have more kept in mind than 64 MiB of names", async () => {
    const whiteout = tarEntry({ name: "x", pax: { path: `${`${"d".repeat(255)}/`.repeat(12)}.wh.x` } });
    await refuses(bomb(nothing, whiteout, 300), /directories and whiteouts take more than 67108864/);
  });

  it("leaves no directory so deep that it cannot be removed", async () => {
    const deep = { name: "x", pax: { path: "d/".repeat(100_000) } };
    const archive = tar([deep]);
    await assert.rejects(unpackBytes(archive, anyDiffId), /a path of 200000 bytes/);
  });
});
