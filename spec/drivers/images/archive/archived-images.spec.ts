/** What is read of an archive before anything of it is loaded, and what is not taken for one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { openImageArchive } from "../../../../src/drivers/images/archive/archived-images.ts";
import { sha256, testImage } from "../../../support/busybox-image.ts";
import { asDirectory, asTar, dockerArchive, ociLayout, type ArchiveContent } from "../../../support/image-archive.ts";
import { tar } from "../../../support/tar.ts";
import type { Digest } from "../../../../src/vocabulary/index.ts";

const image = testImage([tar([{ name: "hello", content: "hello" }])], { Cmd: ["/hello"] });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe("an image archive", () => {
  const place = mkdtempSync(join(tmpdir(), "archive-"));
  after(() => rmSync(place, { recursive: true }));
  let count = 0;
  const path = (): string => join(place, String(++count));

  it("is an OCI layout, as a directory or as a tar, with the names that tools write", async () => {
    const content = ociLayout([
      ["registry.test/app:1", image],
      ["", image],
    ]);
    for (const stored of [asDirectory(content, path()), asTar(content, path())]) {
      const archive = await openImageArchive(stored);
      assert.deepEqual(
        archive.images.map(({ names }) => names),
        [["registry.test/app:1"], []],
      );
      assert.equal(archive.images[0]?.manifest.digest, sha256(image.manifest));
      const blob = image.layers[0]!.blob;
      const file = await archive.blob(sha256(blob) as Digest);
      assert.deepEqual(await file?.read(), blob);
      const rest: Buffer[] = [];
      for await (const chunk of file?.stream(7) ?? []) rest.push(chunk as Buffer);
      assert.deepEqual(Buffer.concat(rest), blob.subarray(7));
      assert.deepEqual(await file?.stream(blob.length).toArray(), []);
      await archive.close();
    }
  });

  it("is what docker save writes: its layers are known by their diffIDs, and a manifest is made of them", async () => {
    const archive = await openImageArchive(asTar(dockerArchive(["app:1", "app:2"], image), path()));
    const [{ names, manifest } = assert.fail("no image"), ...more] = archive.images;
    assert.deepEqual([names, more], [["app:1", "app:2"], []]);
    const { config, layers } = JSON.parse(manifest.bytes.toString()) as {
      config: { digest: Digest };
      layers: { digest: Digest; size: number }[];
    };
    assert.equal(sha256(manifest.bytes), manifest.digest);
    assert.deepEqual(await (await archive.blob(config.digest))?.read(), image.config);
    const layer = await (await archive.blob(layers[0]!.digest))?.read();
    assert.deepEqual([sha256(layer!), layer?.length], [layers[0]?.digest, layers[0]?.size]);
    await archive.close();
  });

  const refused: readonly (readonly [what: string, content: ArchiveContent | Buffer, reason: RegExp])[] = [
    ["one that is packed", gzipSync(tar([])), /is packed with gzip: unpack it first \(gunzip\)$/],
    ["a file of another kind", Buffer.from("hello"), /is neither a directory nor a tar archive$/],
    ["an empty file", Buffer.alloc(0), /is neither a directory nor a tar archive$/],
    ["a tar of something else", { hello: Buffer.from("hello") }, /neither index.json \(OCI\) nor manifest.json/],
    ["one with no image", ociLayout([]), /holds no image$/],
    ["an index that is cut off", { "index.json": Buffer.from('{"man') }, /index.json of .* is no JSON$/],
    [
      "a manifest that is not there",
      { "index.json": ociLayout([["a:1", image]])["index.json"]! },
      /the manifest sha256:.*, which index.json names, is not in the archive$/,
    ],
    [
      "a digest that is a path",
      { "index.json": json({ manifests: [{ mediaType: image.mediaType, digest: "sha256:../../x" }] }) },
      /names a manifest by "sha256:..\/..\/x", which is no digest$/,
    ],
    [
      "a layer that is not there",
      {
        ...dockerArchive(["a:1"], image),
        "manifest.json": json([{ Config: "config.json", Layers: ["../../etc/passwd"] }]),
      },
      /has no regular file "..\/..\/etc\/passwd", which its manifest.json names$/,
    ],
    ["an index of 5 MiB", { "index.json": Buffer.alloc(5 << 20, " ") }, /"index.json" is larger than 4194304 bytes/],
  ];
  for (const [what, content, reason] of refused)
    it(`is not ${what}`, async () => {
      for (const stored of Buffer.isBuffer(content)
        ? [path()]
        : [asTar(content, path()), asDirectory(content, path())]) {
        if (Buffer.isBuffer(content)) writeFileSync(stored, content);
        await assert.rejects(openImageArchive(stored), reason);
      }
    });

  it("is read through no link: what lies elsewhere is none of it", async () => {
    const stored = asDirectory(ociLayout([["a:1", image]]), path());
    rmSync(join(stored, "index.json"));
    symlinkSync("/etc/hostname", join(stored, "index.json"));
    await assert.rejects(openImageArchive(stored), /neither index.json/);
    const linked = asDirectory(ociLayout([["a:1", image]]), path());
    const elsewhere = path();
    asDirectory({ "blobs/x": Buffer.alloc(0) }, elsewhere);
    rmSync(join(linked, "blobs"), { recursive: true });
    symlinkSync(join(elsewhere, "blobs"), join(linked, "blobs"));
    await assert.rejects(openImageArchive(linked), /is not in the archive$/);
  });

  it("that is cut off, or whose headers are, is told so", async () => {
    const whole = tar(Object.entries(ociLayout([["a:1", image]])).map(([name, content]) => ({ name, content })));
    for (const size of [700, 1500]) {
      const stored = path();
      writeFileSync(stored, whole.subarray(0, size));
      await assert.rejects(openImageArchive(stored), /no image archive|is no JSON|is not in the archive/);
    }
    const stored = path();
    writeFileSync(stored, Buffer.concat([whole.subarray(0, 100), Buffer.alloc(20, 1), whole.subarray(120)]));
    await assert.rejects(openImageArchive(stored), /cannot be read as an image archive: the tar archive is malformed/);
  });
});
