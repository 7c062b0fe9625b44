import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TarEntry } from "../../../src/drivers/images/tar-entry.ts";
import { TarReader } from "../../../src/drivers/images/tar-reader.ts";
import { Failed } from "../../../src/errors.ts";
import { expanded, sparseEntry, sparseForms, type Sparse } from "../../support/tar-sparse.ts";
import { tar, type TarFile } from "../../support/tar.ts";

/** The entries with their contents, fed in pieces of `piece` bytes. */
const read = (archive: Buffer, piece = archive.length): readonly (readonly [TarEntry, Buffer])[] => {
  const entries: (readonly [TarEntry, Buffer[]])[] = [];
  const add = (bytes: Buffer): void => void entries.at(-1)?.[1].push(Buffer.from(bytes));
  const reader = new TarReader({
    entry: (entry) => void entries.push([entry, []]),
    data: add,
    hole: (size) => add(Buffer.alloc(size)),
    endOfEntry: () => {},
  });
  for (let at = 0; at < archive.length; at += piece) reader.write(Buffer.from(archive.subarray(at, at + piece)));
  reader.end();
  return entries.map(([entry, pieces]) => [entry, Buffer.concat(pieces)]);
};
const refuses = (files: readonly TarFile[], why: RegExp): void => {
  assert.throws(
    () => read(tar(files)),
    (error) => error instanceof Failed && why.test(error.message),
  );
};

describe("a sparse file in a tar archive", () => {
  const hole = 1000;
  const ofPieces = (count: number): Sparse => ({
    size: count * hole + 77,
    pieces: Array.from({ length: count }, (_, index) => [index * hole + 7, `piece ${index}`] as const),
  });

  for (const form of sparseForms)
    it(`is the whole file again from the form ${form}, and what follows it is read too`, () => {
      for (const sparse of [
        // Go takes an empty map of the older forms for none; GNU tar never writes one.
        ofPieces(form === "gnu" || form === "1.0" ? 0 : 2),
        ofPieces(1),
        ofPieces(4),
        ofPieces(5),
        ofPieces(80),
        { size: 2, pieces: [[0, "ab"]] } satisfies Sparse,
        { size: 9, pieces: [[9, ""]] } satisfies Sparse,
      ]) {
        const archive = tar([sparseEntry({ name: "s", mode: 0o640 }, sparse, form), { name: "next", content: "n" }]);
        const entries = read(archive);
        const [first, next] = entries;
        assert(first && next && entries.length === 2);
        const { path, type, size, stored, mode } = first[0];
        assert.deepEqual([path.toString(), type, size, mode], ["s", "file", sparse.size, 0o640]);
        assert.equal(
          stored,
          sparse.pieces.reduce((total, [, text]) => total + text.length, 0),
        );
        assert.deepEqual(first[1], expanded(sparse));
        assert.equal(next[1].toString(), "n");
        for (const piece of [1, 511, 513]) assert.deepEqual(read(archive, piece), entries);
      }
    });

  it("is what GNU tar packed", () => {
    const place = mkdtempSync(join(tmpdir(), "sparse-"));
    try {
      const file = openSync(join(place, "f"), "w");
      for (let index = 0; index < 30; index += 1) writeSync(file, `piece ${index}`, index * 65_536);
      closeSync(file);
      const whole = execFileSync("cat", [join(place, "f")], { maxBuffer: 1 << 22 });
      for (const form of [["gnu"], ["posix", "0.0"], ["posix", "0.1"], ["posix", "1.0"]]) {
        const version = form[1] === undefined ? [] : [`--sparse-version=${form[1]}`];
        const archive = execFileSync("tar", ["-C", place, `-H${form[0]}`, "-S", ...version, "-cf", "-", "f"]);
        const [entry] = read(archive);
        assert(entry && entry[0].stored < whole.length / 2);
        assert.deepEqual([entry[0].path.toString(), entry[1]], ["f", whole]);
      }
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it("whose map lies is refused", () => {
    const one: Sparse = { size: 10, pieces: [[0, "abc"]] };
    const [gnu, old, listed, inData] = sparseForms.map((form) => sparseEntry({ name: "s" }, one, form)) as [
      TarFile,
      TarFile,
      TarFile,
      TarFile,
    ];
    const other = (file: TarFile, key: string, value: string): TarFile => ({
      ...file,
      pax: (file.pax as readonly [string, string][]).map(([name, text]) => [
        name,
        name === `GNU.sparse.${key}` ? value : text,
      ]),
    });
    refuses([{ ...gnu, gnu: false }], /not GNU's/);
    refuses([{ ...gnu, sparse: { size: 2, pieces: [[0, 3]] } }], /of 2 bytes has a piece that ends at 3/);
    refuses(
      [
        {
          ...gnu,
          sparse: {
            size: 10,
            pieces: [
              [4, 1],
              [3, 2],
            ],
          },
        },
      ],
      /do not follow one another/,
    );
    refuses([{ ...gnu, sparse: { size: 10, pieces: [[0, 2]] } }], /has 3 bytes of data, and a map of 2/);
    refuses([other(old, "numbytes", "4")], /has 3 bytes of data, and a map of 4/);
    refuses([other(old, "numblocks", "2")], /not have as many pieces as it says/);
    refuses([{ name: "s", pax: [["GNU.sparse.numbytes", "1"]] }], /do not come in turn/);
    for (const map of ["0", "0,x", "0,-3", "0,1e1", "0,99999999999999999999"])
      refuses([other(listed, "map", map)], /not have as many pieces|not a number in range/);
    refuses([other(inData, "major", "2")], /in the form "2\.0", which nobody knows/);
    refuses([other(inData, "realsize", "2")], /of 2 bytes has a piece that ends at 3/);
    refuses([{ ...inData, content: "x\n" }], /map is longer than its data/);
    refuses([{ ...inData, content: `9\n${"\0".repeat(510)}abc` }], /map is longer than its data/);
    refuses([{ ...inData, content: "-1\n".padEnd(512, "\0") }], /not a number in range/);
    refuses([{ ...inData, type: "5" }], /is sparse, and a directory/);
  });

  it("has a map of no more than 1 MiB", () => {
    const many: Sparse = { size: 1e9, pieces: Array.from({ length: 60_000 }, (_, index) => [index * 10, ""] as const) };
    refuses([sparseEntry({ name: "s" }, many, "gnu")], /longer than its data, or than 1048576 bytes/);
    const endless = { ...sparseEntry({ name: "s" }, many, "1.0"), content: `99999999\n${"0\n".repeat(600_000)}` };
    refuses([endless], /longer than its data, or than 1048576 bytes/);
  });
});
