import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { sha256, testImage } from "../../support/busybox-image.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { tar } from "../../support/tar.ts";
import type { Answer } from "./fake-registry.ts";
import {
  altered,
  bare,
  blobPath,
  but,
  first,
  half,
  honest,
  hostileStage,
  nested,
  nestedBelow,
  ociIndex,
  raw,
  rest,
  serving,
  stream,
  twoLayers,
  withConfig,
  withLayers,
  withManifest,
  type Descriptor,
  type HostileStage,
} from "./hostile-stage.ts";

describe("a registry that means harm", inTestNode, () => {
  let stage: HostileStage;
  before(async () => (stage = await hostileStage()));
  after(() => stage.stop());

  const digest = "sha256:[0-9a-f]{64}";
  const rows: readonly (readonly [title: string, harm: () => Answer, why: RegExp])[] = [
    [
      "that names another digest than its manifest has",
      () =>
        but("manifests/v1", (response) =>
          response.setHeader("docker-content-digest", sha256(first)).end(honest.manifest),
        ),
      new RegExp(`^the manifest ${digest} was asked for, and what came is ${digest}$`),
    ],
    [
      "whose config is another than the manifest names",
      () => but(blobPath(honest.config), (response) => response.end(altered(honest.config))),
      new RegExp(`^the image's config ${digest} was asked for, and what came is ${digest}$`),
    ],
    [
      "whose layer is another than the manifest names",
      () => but(blobPath(first), (response) => response.end(altered(first))),
      new RegExp(`^the blob ${digest} was asked for, and what came is ${digest}$`),
    ],
    [
      "whose layers are swapped",
      () => serving(withManifest((manifest) => (manifest.layers = manifest.layers.toReversed()))),
      new RegExp(`^layer ${digest}: the image's config promises the content ${digest}, the layer holds ${digest}$`),
    ],
    [
      "whose config has fewer layers",
      () => serving(withConfig(({ rootfs }) => rootfs.diff_ids.pop())),
      /^the manifest has 2 layers, the image's config 1 diff_ids$/,
    ],
    [
      "whose config has more layers",
      () => serving(withConfig(({ rootfs }) => rootfs.diff_ids.push(rootfs.diff_ids[0] ?? ""))),
      /^the manifest has 2 layers, the image's config 3 diff_ids$/,
    ],
    [
      "whose manifest says a smaller size of a layer",
      () => serving(withManifest((manifest) => (twoLayers(manifest)[0].size -= 1))),
      new RegExp(`^the blob ${digest} is larger than the \\d+ bytes that the manifest says$`),
    ],
    [
      "whose manifest says a larger size of a layer",
      () => serving(withManifest((manifest) => (twoLayers(manifest)[0].size += 1))),
      new RegExp(`^the blob ${digest} broke off after \\d+ of \\d+ bytes$`),
    ],
    [
      "whose digests are paths",
      () => serving(withManifest((manifest) => (twoLayers(manifest)[0].digest = "sha256:../../../../outside/x"))),
      /^the digest of a layer is no digest: "sha256:\.\.\/\.\./,
    ],
    [
      "whose manifest is an index too",
      () => serving(withManifest((manifest) => (manifest["manifests"] = []))),
      /^the manifest is ambiguous: it has "manifests"/,
    ],
    [
      "whose index leads to an index that leads to an index",
      () => serving({ ...honest, mediaType: ociIndex, manifest: nested(3) }, nestedBelow),
      /^the image's index leads to an index that leads to an index$/,
    ],
    [
      "whose manifest has one layer ten thousand times",
      () =>
        serving(withManifest((manifest) => (manifest.layers = Array<Descriptor>(10_000).fill(twoLayers(manifest)[0])))),
      /^the manifest lists 10000 layers, more than 512$/,
    ],
    [
      "whose manifest never ends",
      () => but("manifests/v1", stream),
      /the manifest of .* is larger than 4194304 bytes$/,
    ],
    [
      "whose config never ends",
      () => but(blobPath(honest.config), stream),
      /the image's config from .* is larger than 4194304/,
    ],
    [
      "whose layer never ends",
      () => but(blobPath(first), stream),
      new RegExp(`^the blob ${digest} is larger than the`),
    ],
    [
      "whose error never ends",
      () => but(blobPath(first), (response) => stream(response.writeHead(403))),
      /^an error from .* is larger than 1048576 bytes$/,
    ],
    [
      "that hangs up before what it has announced",
      () => but(blobPath(first), (response) => half(response, first)),
      new RegExp(`^the blob ${digest} broke off after|asked for a blob from byte`),
    ],
    [
      "that announces two lengths",
      () =>
        but(blobPath(first), (response) =>
          raw(response, `200 OK\r\ncontent-length: 5\r\ncontent-length: ${first.length}\r\n\r\n`),
        ),
      /^the request to .* failed: /,
    ],
    [
      "with a header as large as an image",
      () => but(blobPath(first), (response) => raw(response, `200 OK\r\nx: ${"x".repeat(1 << 20)}\r\n\r\n`)),
      /^the request to .* failed: /,
    ],
    [
      "with ten thousand headers",
      () => but(blobPath(first), (response) => raw(response, `200 OK\r\n${"x: y\r\n".repeat(10_000)}\r\n`)),
      /^the request to .* failed: /,
    ],
    [
      "that goes on with other bytes after a break",
      () =>
        but(blobPath(first), (response, { headers }) => {
          if (headers.range === undefined) half(response, first);
          else
            response
              .writeHead(206, { "content-range": rest(first) })
              .end(Buffer.alloc(first.length - (first.length >> 1)));
        }),
      new RegExp(`^the blob ${digest} was asked for, and what came is ${digest}$`),
    ],
    [
      "that goes on elsewhere than it was asked to",
      () =>
        but(blobPath(first), (response, { headers }) => {
          if (headers.range === undefined) half(response, first);
          else response.writeHead(206, { "content-range": `bytes 0-9/${first.length}` }).end("0123456789");
        }),
      /was asked for a blob from byte \d+ on, and answers "bytes 0-9/,
    ],
    [
      "that leads to a file of the node",
      () => but(blobPath(first), (response) => response.writeHead(307, { location: "file:///etc/shadow" }).end()),
      /redirects to file:\/\/, which is not https$/,
    ],
    [
      "whose layer is no archive",
      () => serving(withLayers([Buffer.from("no tar".repeat(200))])),
      new RegExp(`^layer ${digest}: the tar archive is malformed: `),
    ],
    [
      "whose layer leaves its directory",
      () => serving(withLayers([tar([{ name: "../../../outside/x" }])])),
      new RegExp(`^layer ${digest}: entry "../../../outside/x": .*holds ".."$`),
    ],
  ];
  for (const [title, harm, why] of rows)
    it(`${title} is refused, and the next pull works`, () => stage.refuses(harm(), why));

  it("by digest has to send that manifest", async () => {
    await stage.refuses(
      serving(withManifest((manifest) => (manifest.layers = manifest.layers.toReversed()))),
      new RegExp(`^the manifest ${sha256(honest.manifest)} was asked for, and what came is ${digest}$`),
      `${stage.fake.host}/library/app@${sha256(honest.manifest)}`,
    );
  });

  it("tells secrets of nobody in its errors: neither what stands in an address nor what was sent to it", async () => {
    await stage.refuses(
      but(blobPath(first), (response) => response.writeHead(307, { location: "/signed?key=SECRET" }).end()),
      /^(?!.*SECRET)/,
    );
    await stage.refuses(
      but(blobPath(first), (response) =>
        response.writeHead(403).end("no: Authorization: Basic SECRET== at /x?sig=SECRET"),
      ),
      /^(?!.*SECRET).*denies access/,
    );
  });

  it("is never led to other servers by its layers' own addresses", async () => {
    await stage.takes(
      serving(
        withManifest(({ layers }) => layers.forEach((layer) => (layer.urls = [`http://${stage.stranger.host}/inner`]))),
      ),
    );
    assert.deepEqual(stage.stranger.asked, []);
  });

  it("is believed in what does no harm: no length, a wrong encoding, a layer many times, keys that mean nothing", async () => {
    await stage.takes(but(blobPath(first), (response) => response.write(first, () => response.end())));
    await stage.takes(but(blobPath(first), (response) => response.setHeader("content-encoding", "gzip").end(first)));
    const same = tar([{ name: "same" }]);
    const many = testImage(Array.from({ length: 40 }, () => same));
    stage.fake.asked.length = 0;
    await stage.takes(serving(many));
    assert.equal(stage.fake.asked.filter(({ path }) => path.endsWith(sha256(gzipSync(same)))).length, 1);
    await stage.takes(
      serving(
        withConfig((config) => {
          config["config"] = { Labels: JSON.parse('{"__proto__":"x","constructor":"y"}'), Volumes: { "/../..": {} } };
          Object.defineProperty(config, "__proto__", { value: { config: { User: "0" } }, enumerable: true });
        }),
      ),
    );
    await stage.takes(serving(withConfig((config) => (config["config"] = { Env: [`BIG=${"x".repeat(3 << 20)}`] }))));
  });

  it("is asked anew for a config that has been altered on this disk since", async () => {
    await stage.takes(serving(bare), async () => {
      const file = join(stage.store, "blobs", sha256(bare.config).replace(":", "/"));
      assert.deepEqual(readFileSync(file), bare.config);
      writeFileSync(file, altered(bare.config));
      await stage.pullAgain();
      assert.deepEqual(readFileSync(file), bare.config);
    });
  });

  it("has what it sends in directories that none but root can enter", async () => {
    await stage.takes(serving(honest), () => assert.equal(statSync(stage.store).mode & 0o077, 0));
  });
});
