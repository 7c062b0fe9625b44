import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseImageConfig } from "../../../src/drivers/images/image-config.ts";
import { parseManifest, type ImageIndex } from "../../../src/drivers/images/manifest.ts";
import { chooseInstance, platformOf } from "../../../src/drivers/images/platform.ts";
import { Failed } from "../../../src/errors.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const oci = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";
const gzipped = "application/vnd.oci.image.layer.v1.tar+gzip";
const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digest("c"), size: 10 };
const layer = { mediaType: gzipped, digest: digest("a"), size: 20 };
const image = { schemaVersion: 2, mediaType: oci, config, layers: [layer] };

const parse = (value: unknown, type = oci) => parseManifest(Buffer.from(JSON.stringify(value)), type);
const refuses = (why: RegExp, value: unknown, type?: string): void => {
  assert.throws(
    () => parse(value, type),
    (error) => error instanceof Failed && why.test(error.message),
  );
};

describe("a manifest", () => {
  it("names the config and the layers", () => {
    assert.deepEqual(parse(image), {
      kind: "image",
      config: { mediaType: config.mediaType, digest: config.digest, sizeBytes: 10 },
      layers: [{ mediaType: gzipped, digest: layer.digest, sizeBytes: 20 }],
    });
  });
  it("is believed what it calls itself when the registry names no type", () => {
    assert.equal(parse(image, "").kind, "image");
    assert.equal(parse({ schemaVersion: 2, manifests: [] }, "text/plain").kind, "index");
    refuses(/calls itself/, image, ociIndex);
    refuses(/of the type "application\/x", which is no image/, { ...image, mediaType: "application/x" }, "text/plain");
  });
  it("may be Docker's", () => {
    const docker = "application/vnd.docker.distribution.manifest.v2+json";
    const layers = [{ ...layer, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }];
    const dockerConfig = { ...config, mediaType: "application/vnd.docker.container.image.v1+json" };
    assert.equal(parse({ schemaVersion: 2, mediaType: docker, config: dockerConfig, layers }, docker).kind, "image");
  });
  it("of schema 1 is refused by that name", () => {
    refuses(/schema 1 manifest/, { schemaVersion: 1 }, "application/vnd.docker.distribution.manifest.v1+prettyjws");
    refuses(/schema 1 manifest/, { schemaVersion: 1, fsLayers: [] }, "application/json");
  });
  it("of an artifact is refused by its type", () => {
    refuses(/artifact of the type "application\/x.wasm"/, {
      ...image,
      config: { ...config, mediaType: "application/x.wasm" },
    });
    refuses(/artifact of the type "application\/sbom"/, { ...image, artifactType: "application/sbom" });
  });
  it("with encrypted or unknown layers is refused by their type", () => {
    refuses(/encrypted layers are not supported/, {
      ...image,
      layers: [{ ...layer, mediaType: `${gzipped}+encrypted` }],
    });
    refuses(/this is no layer/, { ...image, layers: [{ ...layer, mediaType: "text/html" }] });
  });
  it("that could be read in two ways is refused", () => {
    refuses(/ambiguous: it has "manifests"/, { ...image, manifests: [] });
    refuses(/ambiguous: it has "fsLayers"/, { ...image, fsLayers: [] });
    refuses(/ambiguous: it has "Layers"/, { ...image, Layers: [] });
    refuses(/ambiguous: it has "layers"/, { schemaVersion: 2, manifests: [], layers: [] }, ociIndex);
  });
  it("with a digest or size that is none is refused before either is used", () => {
    for (const bad of ["sha256:../../x", digest("A"), "sha256:abc", 5, undefined]) {
      refuses(/is no digest/, { ...image, layers: [{ ...layer, digest: bad }] });
    }
    for (const size of [-1, 1.5, 2 ** 60, "20"]) refuses(/has the size/, { ...image, config: { ...config, size } });
  });
  it("that is garbage is refused", () => {
    assert.throws(() => parseManifest(Buffer.from("<html>"), oci), /is no JSON/);
    assert.throws(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]), oci), /is no JSON/);
    refuses(/no JSON object/, []);
    refuses(/schemaVersion is not 2/, {});
    refuses(/no list of layers/, { schemaVersion: 2, config });
    refuses(/more than 512/, { ...image, layers: Array.from({ length: 513 }, () => layer) });
  });
});

describe("an index", () => {
  const instance = (architecture: string, letter: string, variant?: string, os = "linux") => ({
    ...layer,
    mediaType: oci,
    digest: digest(letter),
    platform: { os, architecture, ...(variant !== undefined && { variant }) },
  });
  const index = (...manifests: readonly unknown[]) =>
    parse({ schemaVersion: 2, mediaType: ociIndex, manifests }, ociIndex) as ImageIndex;

  it("leads to the image for this machine, the first of the best variant", () => {
    const all = index(
      instance("unknown", "0", undefined, "unknown"),
      instance("amd64", "1", undefined, "windows"),
      instance("arm64", "2"),
      instance("arm64", "3", "v8"),
      instance("amd64", "4", "v3"),
      instance("x86_64", "5"),
      instance("amd64", "6"),
    );
    assert.equal(chooseInstance(all, platformOf("x64")).digest, digest("5"));
    assert.equal(chooseInstance(all, platformOf("arm64")).digest, digest("3"));
  });
  it("without one says what there is", () => {
    const foreign = index(
      instance("s390x", "1"),
      instance("arm64", "2", "v8"),
      instance("unknown", "3", "", "unknown"),
    );
    assert.throws(() => chooseInstance(foreign, platformOf("x64")), {
      message: "there is no image for linux/amd64, only for linux/s390x, linux/arm64/v8",
    });
  });
});

describe("an image's config", () => {
  const parseConfig = (value: unknown, layers = 1) => parseImageConfig(Buffer.from(JSON.stringify(value)), layers);
  const rootfs = { type: "layers", diff_ids: [digest("d")] };

  it("says what a container needs", () => {
    const parsed = parseConfig({
      rootfs,
      config: {
        User: "1000:5",
        Env: ["A=b"],
        Cmd: ["sh"],
        Volumes: { "/data": {} },
        Labels: { a: "b" },
        Entrypoint: null,
      },
    });
    assert.deepEqual(parsed, {
      diffIds: [digest("d")],
      config: {
        user: "1000:5",
        env: ["A=b"],
        entrypoint: [],
        cmd: ["sh"],
        workingDir: "",
        stopSignal: "",
        volumes: ["/data"],
        labels: { a: "b" },
      },
    });
  });
  it("has to promise as many layers as the manifest has", () => {
    assert.throws(() => parseConfig({ rootfs }, 2), /the manifest has 2 layers, the image's config 1 diff_ids/);
  });
  it("of another shape is refused", () => {
    assert.throws(() => parseConfig({ rootfs: { type: "zip" } }), /of the type "zip"/);
    assert.throws(() => parseConfig({ rootfs: { type: "layers", diff_ids: ["x"] } }), /a diff_id is no digest/);
    assert.throws(() => parseConfig({ rootfs, config: { Env: [1] } }), /Env is no list of texts/);
    assert.throws(() => parseConfig("x"), /no JSON object/);
  });
});
