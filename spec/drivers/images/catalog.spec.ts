import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog } from "../../../src/drivers/images/catalog.ts";
import type { ImageRecord } from "../../../src/drivers/images/image-record.ts";
import type { ImageId } from "../../../src/vocabulary/index.ts";

const config = {
  user: "",
  env: [],
  entrypoint: [],
  cmd: [],
  workingDir: "",
  stopSignal: "",
  volumes: [],
  labels: {},
};
const record = (start: string, ...repoTags: readonly string[]): ImageRecord => ({
  version: 1,
  id: `sha256:${start.padEnd(64, "0")}` as ImageId,
  repoTags,
  repoDigests: [],
  config,
  diffIds: [],
  layers: [],
  blobs: [],
});
const [one, two] = [record("abc1", "docker.io/library/abc:latest"), record("abd2")];
const catalog = new Catalog();
catalog.apply({ put: [one, two], remove: [] });
const found = (reference: string): string | undefined => catalog.find(reference)?.id;

describe("the catalog of images", () => {
  it("finds by a prefix of three digits or more, if it is the only one", () => {
    assert.equal(found("abd"), two.id);
    assert.equal(found("sha256:abc1"), one.id);
    assert.equal(found("ab"), undefined);
    assert.equal(found("sha256:ffff"), undefined);
  });
  it("takes hexadecimal digits for an id first, and for a name if there is none", () => {
    assert.equal(found("abc"), one.id);
    catalog.apply({ put: [record("abc3")], remove: [] });
    assert.equal(found("abc"), one.id);
    catalog.apply({ put: [], remove: [record("abc3").id, one.id] });
    assert.equal(found("abc"), undefined);
  });
  it("knows names in every form in which they can be written", () => {
    catalog.apply({ put: [record("f00d", "docker.io/library/nginx:1.27")], remove: [] });
    for (const form of ["nginx:1.27", "library/nginx:1.27", "docker.io/nginx:1.27"])
      assert(found(form)?.startsWith("sha256:f00d"));
  });
});
