import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { downloadBlob } from "../../../src/drivers/images/blob-download.ts";
import { digestOf } from "../../../src/drivers/images/digest.ts";
import { FakeRegistry, never, type Asked } from "./fake-registry.ts";

const content = Buffer.from("0123456789".repeat(20));
const layer = { digest: digestOf(content), sizeBytes: content.length, mediaType: "" };
const directory = mkdtempSync(join(tmpdir(), "troupe-blob-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "blob.part");

/** Sends `bytes` of a body that is announced as longer, then hangs up. */
const breakOff = (response: ServerResponse, bytes: Buffer, announced: number): void => {
  response.setHeader("content-length", announced);
  response.write(bytes, () => response.destroy());
};

const download = async (answer: (asked: Asked, response: ServerResponse) => void, signal = never, begun = false) => {
  await using fake = await FakeRegistry.start(answer);
  let bytes = 0;
  await downloadBlob({ registry: fake.open(), layer, file, begun, progress: (more) => (bytes += more) }, signal);
  assert.equal(readFileSync(file, "utf8"), content.toString());
  assert.equal(bytes, content.length);
  return fake.asked.filter(({ path }) => path !== "/v2/").map(({ headers }) => headers.range);
};

describe("the download of a blob", () => {
  it("ends with the bytes that the digest promises", async () => {
    assert.deepEqual(await download((_, response) => response.end(content)), [undefined]);
  });

  it("that breaks off goes on where it stopped", async () => {
    const ranges = await download(({ headers }, response) => {
      if (headers.range === undefined) return breakOff(response, content.subarray(0, 50), content.length);
      response.writeHead(206, { "content-range": `bytes 50-199/200` }).end(content.subarray(50));
    });
    assert.deepEqual(ranges, [undefined, "bytes=50-"]);
  });

  it("begins anew where the registry knows no ranges", async () => {
    let first = true;
    await download((_, response) => {
      if (first) breakOff(response, content.subarray(0, 50), content.length);
      else response.end(content);
      first = false;
    });
  });

  it("takes a registry that was away for a moment as a connection that broke", async () => {
    let first = true;
    await download((_, response) => {
      response.statusCode = first ? 503 : 200;
      response.end(content);
      first = false;
    });
  });

  describe("that an earlier daemon has begun", () => {
    const rest = ({ headers }: Asked, response: ServerResponse): void => {
      if (headers.range === undefined) return void response.end(content);
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range)?.[1]);
      response.writeHead(206, { "content-range": `bytes ${from}-199/200` }).end(content.subarray(from));
    };
    const after = (there: Buffer) => {
      writeFileSync(file, there);
      return download(rest, never, true);
    };

    it("goes on where that one was", async () => {
      assert.deepEqual(await after(content.subarray(0, 70)), ["bytes=70-"]);
    });

    it("asks for nothing where all of it is there", async () => {
      assert.deepEqual(await after(content), []);
    });

    it("begins anew where something else is there, or too much", async () => {
      assert.deepEqual(await after(Buffer.alloc(70)), ["bytes=70-", undefined]);
      assert.deepEqual(await after(Buffer.alloc(200)), [undefined]);
      assert.deepEqual(await after(Buffer.alloc(201)), [undefined]);
    });
  });

  const refuses = (how: string, answer: (asked: Asked, response: ServerResponse) => void, why: RegExp) =>
    void it(how, () => assert.rejects(download(answer), why));

  refuses(
    "that breaks off twice names both sizes",
    ({ headers }, response) => {
      if (headers.range === undefined) return breakOff(response, content.subarray(0, 50), content.length);
      response.setHeader("content-range", `bytes 50-199/200`).statusCode = 206;
      breakOff(response, content.subarray(50, 60), 150);
    },
    /the blob sha256:[0-9a-f]{64} broke off after 60 of 200 bytes/,
  );
  refuses(
    "of too short a blob names both sizes",
    ({ headers }, response) => {
      if (headers.range === undefined) response.end(content.subarray(0, 50));
      else response.writeHead(416).end();
    },
    /broke off after 0 of 200 bytes/,
  );
  refuses(
    "of another blob names both digests",
    (_, response) => response.end(Buffer.alloc(200, "x")),
    new RegExp(
      `the blob ${layer.digest} was asked for, and what came is sha256:(?!${layer.digest.slice(7)})[0-9a-f]{64}`,
    ),
  );
  refuses(
    "of too long a blob stops there",
    (_, response) => response.end(Buffer.concat([content, content])),
    /is larger than the 200 bytes that the manifest says/,
  );
  refuses(
    "refuses a part that was not asked for",
    ({ headers }, response) => {
      if (headers.range === undefined) return breakOff(response, content.subarray(0, 50), content.length);
      response.writeHead(206, { "content-range": "bytes 0-199/200" }).end(content);
    },
    /was asked for a blob from byte 50 on, and answers "bytes 0-199\/200"/,
  );
  refuses(
    "of a blob that is not there says so",
    (_, response) => response.writeHead(404).end(),
    /the blob sha256:\S+ of library\/app is not there at/,
  );

  it("stops when the pull is called off", async () => {
    const caller = new AbortController();
    const work = download((_, response) => {
      response.write(content.subarray(0, 10), () => caller.abort());
    }, caller.signal);
    await assert.rejects(work, { name: "Cancelled" });
  });
});
