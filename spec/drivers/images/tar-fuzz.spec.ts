import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawStack } from "../../../scripts/layers/draw.ts";
import { archiveOf } from "../../../scripts/layers/entry.ts";
import type { TarEntry } from "../../../src/drivers/images/tar-entry.ts";
import { TarReader } from "../../../src/drivers/images/tar-reader.ts";
import { Failed } from "../../../src/errors.ts";
import { cases } from "../../support/long.ts";
import { numbersFrom, seedOfRun } from "../../support/seeded.ts";
import { mutated } from "../../support/tar-mutations.ts";

interface Reading {
  readonly entries: readonly (TarEntry & { readonly told: number })[];
  readonly dataBytes: number;
  /** Undefined: it was read to its end. */
  readonly failure: string | undefined;
}

/** Fed in pieces of at most `most` bytes. */
const read = (archive: Buffer, most: number, chance: (below: number) => number): Reading => {
  const entries: (TarEntry & { told: number })[] = [];
  let dataBytes = 0;
  let open = false;
  const tell = (bytes: number): void => {
    const entry = entries.at(-1);
    assert(open && entry && bytes > 0);
    entry.told += bytes;
    assert(entry.told <= entry.size, "more than the entry's size");
  };
  const reader = new TarReader({
    entry: (entry) => {
      assert(!open);
      open = true;
      entries.push({ ...entry, told: 0 });
    },
    data: (bytes) => {
      tell(bytes.length);
      dataBytes += bytes.length;
    },
    hole: tell,
    endOfEntry: () => {
      assert(open && entries.at(-1)?.told === entries.at(-1)?.size);
      open = false;
    },
  });
  const outcome = (failure: string | undefined): Reading => ({ entries, dataBytes, failure });
  try {
    for (let at = 0; at < archive.length;) {
      const piece = Buffer.from(archive.subarray(at, at + 1 + chance(most)));
      reader.write(piece);
      at += piece.length;
    }
    reader.end();
    return outcome(undefined);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return outcome(error.message);
  }
};

const isSane = ({ path, linkPath, mode, uid, gid, size, stored, mtime, type }: TarEntry): boolean =>
  [mode, uid, gid, size, stored, mtime.nanoseconds].every((number) => Number.isSafeInteger(number) && number >= 0) &&
  mode <= 0o7777 &&
  Math.max(uid, gid) <= 0xffff_fffe &&
  mtime.nanoseconds < 1e9 &&
  Math.abs(mtime.seconds) <= 2 ** 33 &&
  stored <= size &&
  (type === "file" || size === 0) &&
  Math.max(path.length, linkPath.length) <= 1 << 20;

describe("an archive that has been tampered with", () => {
  it("is read or refused, the same in whatever pieces it comes, and never told more of than there is", (test) => {
    const archives = cases(200, 20_000);
    test.diagnostic(`TROUPE_SEED=${seedOfRun}`);
    let readable = 0;
    for (let seed = seedOfRun; seed < seedOfRun + archives; seed += 1) {
      const chance = numbersFrom(seed);
      const archive = mutated(archiveOf(drawStack(seed)[0] ?? []), chance);
      const whole = read(archive, archive.length + 1, chance);
      assert(whole.entries.length <= archive.length / 512, `seed ${seed}: more entries than blocks`);
      assert(whole.dataBytes <= archive.length, `seed ${seed}: more data than bytes`);
      assert(whole.entries.every(isSane), `seed ${seed}: an entry that no file can be`);
      assert((whole.failure?.length ?? 0) < 1000, `seed ${seed}: a message without end`);
      assert.deepEqual(read(archive, 1 + chance(1000), chance), whole, `seed ${seed}: another reading in other pieces`);
      if (whole.failure === undefined) readable += 1;
    }
    assert(readable > archives / 10 && readable < archives, `${readable} of ${archives} could be read`);
  });
});
