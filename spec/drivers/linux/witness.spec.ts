import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesWaiting, makeNonBlocking, widenPipe } from "../../../src/drivers/linux/descriptor.ts";
import { openPipe, type Pipe } from "../../../src/drivers/linux/pipe.ts";
import { Witness } from "../../../src/drivers/linux/witness.ts";

const AT = 511;
const MOST = 64 * 1024;

describe("a witness", () => {
  let directory: string;
  let file: number;
  let pipe: Pipe;
  let witness: Witness;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-witness-"));
    file = openSync(join(directory, "page"), "w+");
    writeSync(file, Buffer.alloc(4096, "."));
    pipe = openPipe();
    makeNonBlocking(pipe.read);
    widenPipe(pipe.write, 2 * MOST);
    witness = new Witness(file, AT, MOST);
  });
  afterEach(() => {
    witness.close();
    for (const fd of [file, pipe.read, pipe.write]) closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  const page = (from: number, to: number): string => {
    const bytes = Buffer.alloc(4096);
    readSync(file, bytes, 0, bytes.length, 0);
    return bytes.toString("latin1", from, to);
  };

  it("has the last byte of what was consumed, whatever its length, and leaves the rest in the pipe", () => {
    const rest = 4096 - AT - 1;
    for (const bytes of [1, 2, rest, rest + 1, rest + 2, 2 * rest + 1, MOST - 1, MOST]) {
      writeSync(file, ".", AT);
      writeSync(pipe.write, `${"x".repeat(bytes - 1)}!after`);
      assert.equal(witness.consume(pipe.read, bytes), bytes);
      assert.equal(page(AT, AT + 1), "!", `of ${bytes} bytes`);
      assert.equal(page(0, AT), ".".repeat(AT));
      const after = Buffer.alloc(100);
      assert.equal(after.toString("latin1", 0, readSync(pipe.read, after)), "after");
    }
  });

  it("is not touched where fewer bytes are there, or none", () => {
    assert.equal(witness.consume(pipe.read, 10), 0);
    writeSync(pipe.write, "123");
    assert.equal(witness.consume(pipe.read, 10), 3);
    assert.equal(page(AT, AT + 1), ".");
    assert.equal(bytesWaiting(pipe.read), 0);
  });

  it("takes no more than it was made for", () => {
    for (const bytes of [0, MOST + 1]) assert.throws(() => witness.consume(pipe.read, bytes), RangeError);
  });
});
