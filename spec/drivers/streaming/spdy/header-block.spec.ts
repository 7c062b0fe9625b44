import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { createDeflate, createInflate, constants, deflateSync } from "node:zlib";
import { Invalid } from "../../../../src/errors.ts";
import { DICTIONARY_ID, dictionary } from "../../../../src/drivers/streaming/spdy/dictionary.ts";
import { emptyHeaderBlocks, parseHeaders } from "../../../../src/drivers/streaming/spdy/header-block.ts";
import { Inflater, MOST_BLOCK_BYTES } from "../../../../src/drivers/streaming/spdy/inflater.ts";
import { plainHeaders, words } from "../../../support/spdy-client.ts";

const adler32 = (bytes: Buffer): number => {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
};

/** Blocks of one connection, as a client compresses them. */
const compressed = async (...plains: readonly Buffer[]): Promise<readonly Buffer[]> => {
  const deflate = createDeflate({ dictionary, flush: constants.Z_SYNC_FLUSH });
  const blocks: Buffer[] = [];
  for (const plain of plains) {
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer): void => void chunks.push(chunk);
    deflate.on("data", take);
    await new Promise((resolve) => deflate.write(plain, resolve));
    deflate.off("data", take);
    blocks.push(Buffer.concat(chunks));
  }
  return blocks;
};

const inflated = (inflater: Inflater, block: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    inflater.inflate(block, (error, plain) => (error ? reject(error) : resolve(plain)));
  });

describe("the SPDY/3 dictionary", () => {
  it("is the one that all peers have", () => {
    assert.equal(dictionary.length, 1423);
    assert.equal(
      createHash("sha256").update(dictionary).digest("hex"),
      "51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02",
    );
    assert.equal(adler32(dictionary), DICTIONARY_ID);
  });
});

describe("a header block", () => {
  it("of ours is read by zlib, the first and those that follow", async () => {
    const inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    const chunks: Buffer[] = [];
    inflate.on("data", (chunk: Buffer) => chunks.push(chunk));
    const next = emptyHeaderBlocks();
    for (let at = 1; at <= 3; at++) {
      const block = next();
      await new Promise((resolve) => inflate.write(block, resolve));
      assert.deepEqual(Buffer.concat(chunks), Buffer.alloc(4 * at));
      assert.deepEqual(block.subarray(-5), Buffer.from([0, 0, 0, 0xff, 0xff]), "Go's reader waits for a flush");
    }
  });

  it("of a client is read in the connection's order", async () => {
    const headers = [{ streamtype: "error" }, { StreamType: "stdin" }, { port: "80", requestID: "7" }, {}];
    const blocks = await compressed(...headers.map((one) => plainHeaders(one as Record<string, string>)));
    const inflater = new Inflater();
    const read = [];
    for (const block of blocks) read.push(Object.fromEntries(parseHeaders(await inflated(inflater, block))));
    assert.deepEqual(read, [{ streamtype: "error" }, { streamtype: "stdin" }, { port: "80", requestid: "7" }, {}]);
    inflater.close();
  });

  it("gives the first of several values", () => {
    assert.equal(parseHeaders(plainHeaders({ a: "one\0two" })).get("a"), "one");
  });

  it("that is cut anywhere is refused", () => {
    const whole = plainHeaders({ streamtype: "error", port: "80" });
    for (let length = 0; length < whole.length; length++)
      assert.throws(() => parseHeaders(whole.subarray(0, length)), Invalid);
  });

  it("that names more headers than there are, or too many, is refused", () => {
    assert.throws(() => parseHeaders(words(2 ** 32 - 1)), Invalid);
    assert.throws(() => parseHeaders(Buffer.concat([words(1), words(2 ** 32 - 1)])), Invalid);
  });

  it("that is no zlib stream, or of another dictionary, is refused", async () => {
    for (const block of [Buffer.from("no zlib"), deflateSync("x", { dictionary: Buffer.from("another") })])
      await assert.rejects(inflated(new Inflater(), block), Invalid);
  });

  it("that inflates to more than the bound is refused before it has", async () => {
    const [bomb = Buffer.alloc(0)] = await compressed(Buffer.alloc(50 << 20));
    assert.ok(bomb.length < MOST_BLOCK_BYTES, `${bomb.length}`);
    await assert.rejects(inflated(new Inflater(), bomb), /inflates to more than 262144 bytes/);
  });

  it("behind the end of the zlib stream is refused", async () => {
    const inflater = new Inflater();
    await inflated(inflater, deflateSync(plainHeaders({}), { dictionary })).catch(() => {});
    await assert.rejects(inflated(inflater, Buffer.from("more")), Invalid);
  });
});
