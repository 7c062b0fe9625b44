import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { sha256, testImage } from "../support/busybox-image.ts";
import { eventually } from "../support/eventually.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const image = testImage([
  tar([{ name: "whole", content: randomBytes(100_000) }]),
  tar([{ name: "cut", content: randomBytes(900_000) }]),
]);
const [whole, cut] = image.layers.map(({ blob }) => sha256(blob));
const partBytes = 300_000;

describe("a pull during which the daemon is killed", inTestNode, () => {
  const repositories = new Map<string, Staged>();
  let fake: FakeRegistry;
  let bed: TestBed;
  before(async () => {
    fake = await stageRegistry(repositories);
    bed = await testBed({ name: "interrupted", registries: [fake.host] });
  });
  after(async () => {
    await bed.end();
    await fake[Symbol.asyncDispose]();
  });

  const images = (...names: readonly string[]): string => join(bed.place, "root", "images", ...names);
  const pull = (): Promise<unknown> =>
    bed.kubelet.cri.call("PullImage", { image: { image: `${fake.host}/app:tag` } }, { deadlineMs: 20_000 });
  /** Bytes of the pull under way that are in its files. */
  const fetched = (): number =>
    readdirSync(images("tmp")).reduce(
      (sum, name) =>
        readdirSync(images("tmp", name))
          .filter((file) => file.endsWith(".part"))
          .reduce((bytes, file) => bytes + statSync(images("tmp", name, file)).size, sum),
      0,
    );
  const rangesOf = (digest: string | undefined): readonly (string | undefined)[] =>
    fake.asked.filter(({ path }) => path.endsWith(digest ?? "?")).map(({ headers }) => headers.range);

  it("is taken up by the next one where it was: nothing is fetched twice, and nothing is left", async () => {
    let stalls = true;
    const layer = (response: ServerResponse, blob: Buffer): void => {
      if (sha256(blob) === whole) return void response.end(blob);
      if (stalls) return void response.write(blob.subarray(0, partBytes));
      response.writeHead(206, { "content-range": `bytes ${partBytes}-${blob.length - 1}/${blob.length}` });
      response.end(blob.subarray(partBytes));
    };
    repositories.set("app", { image, layer });
    const first = assert.rejects(pull());
    const firstBytes = image.layers[0]?.blob.length ?? 0;
    await eventually("the bytes before the stall", () => fetched() === firstBytes + partBytes);
    await bed.daemon.kill();
    await first;
    stalls = false;
    await bed.daemon.start();
    assert.equal(readdirSync(images("left")).length, 2);
    await pull();
    assert.deepEqual([rangesOf(whole), rangesOf(cut)], [[undefined], [undefined, `bytes=${partBytes}-`]]);
    assert.deepEqual([readdirSync(images("left")), readdirSync(images("tmp"))], [[], []]);
    await bed.kubelet.cri.call("RemoveImage", { image: { image: `${fake.host}/app:tag` } });
    await bed.leavesNothing();
  });
});
