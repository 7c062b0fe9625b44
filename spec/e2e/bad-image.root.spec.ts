import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { CallOptions } from "../../src/grpc/client.ts";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { sha256, testImage } from "../support/busybox-image.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { freePort, testBed, type TestBed } from "../support/test-bed.ts";

const honest = testImage([tar([{ name: "one", content: "1".repeat(10_000) }]), tar([{ name: "two", content: "2" }])]);

describe("images that cannot be had", inTestNode, () => {
  const repositories = new Map<string, Staged>();
  let fake: FakeRegistry;
  let down: string;
  let bed: TestBed;
  before(async () => {
    fake = await stageRegistry(repositories);
    down = `127.0.0.1:${await freePort()}`;
    bed = await testBed({ name: "image", registries: [fake.host, down] });
  });
  beforeEach(() => {
    repositories.clear();
    fake.asked.length = 0;
  });
  afterEach(async (spec) => {
    await bed.leavesNothing(spec);
    const { images } = await bed.kubelet.cri.call("ListImages", {});
    assert.deepEqual(
      images.flatMap(({ repo_tags }) => repo_tags),
      [bed.image],
    );
  });
  after(async () => {
    await bed.end();
    await fake[Symbol.asyncDispose]();
  });

  const pull = (image: string, options: CallOptions = {}): Promise<{ image_ref: string }> =>
    bed.kubelet.cri.call("PullImage", { image: { image } }, { deadlineMs: 20_000, ...options });
  const pulled = (name: string, options?: CallOptions): Promise<{ image_ref: string }> =>
    pull(`${fake.host}/${name}:tag`, options);
  const removed = async (name: string): Promise<void> => {
    await bed.kubelet.cri.call("RemoveImage", { image: { image: `${fake.host}/${name}:tag` } });
  };
  const layerRequests = (): number => {
    const digests = honest.layers.map(({ blob }) => sha256(blob));
    return fake.paths.filter((path) => digests.some((digest) => path.endsWith(digest))).length;
  };

  it("a reference that is none is refused in words", async () => {
    const { cri } = bed.kubelet;
    const names = [
      "upper/Case",
      "two words",
      "x@sha256:12",
      "http://host/x",
      "a".repeat(64),
      "x:",
      "../x",
      "x".repeat(300),
    ];
    for (const name of names) {
      const refused = { code: "INVALID_ARGUMENT", message: /^the image reference ".*" (has|is) / };
      await assert.rejects(pull(name), refused, name);
      const image = { image: { image: name } };
      // An id that is not here is no name either, and is simply not here.
      if (/^[0-9a-f]{64}$/.test(name)) assert.equal((await cri.call("ImageStatus", image)).image, null);
      else await assert.rejects(cri.call("ImageStatus", image), refused, name);
    }
    await assert.rejects(pull(""), { code: "INVALID_ARGUMENT", message: "image.image is empty" });
    await assert.rejects(cri.call("PullImage", {}), { code: "INVALID_ARGUMENT", message: "image is missing" });
  });

  it("a registry that is down is RegistryUnavailable, under the code that the kubelet looks at", async () => {
    await assert.rejects(pull(`${down}/app:tag`), {
      code: "UNKNOWN",
      message: new RegExp(`^RegistryUnavailable: ${down} cannot be reached: `),
    });
  });

  it("a registry that is overloaded is RegistryUnavailable", async () => {
    const layer = (response: ServerResponse): void => void response.writeHead(503).end("come back later");
    repositories.set("app", { image: honest, layer });
    await assert.rejects(pulled("app"), {
      code: "UNKNOWN",
      message: /^RegistryUnavailable: 127\.0\.0\.1:\d+ answered 503 for .*: come back later$/,
    });
  });

  it("a tag, a repository or a digest that is not there is NotFound, in the registry's words", async () => {
    const message = /is not there at 127\.0\.0\.1:\d+: (MANIFEST|NAME)_UNKNOWN /;
    const repository = bed.image.slice(0, bed.image.lastIndexOf(":"));
    await assert.rejects(pull(`${repository}:no-such-tag`), { code: "NOT_FOUND", message });
    await assert.rejects(pull(`${repository}@sha256:${"0".repeat(64)}`), { code: "NOT_FOUND", message });
    await assert.rejects(pulled("no-such-repository"), { code: "NOT_FOUND", message });
  });

  it("a manifest that is not the one of its digest is refused with both digests", async () => {
    const asked = sha256(Buffer.from("another one"));
    repositories.set("app", { image: honest });
    await assert.rejects(pull(`${fake.host}/app@${asked}`), {
      code: "UNKNOWN",
      message: new RegExp(`${asked}.*${sha256(honest.manifest)}|${sha256(honest.manifest)}.*${asked}`),
    });
  });

  it("a manifest that is none is refused", async () => {
    repositories.set("app", { image: honest, manifest: Buffer.from("<html>not here</html>") });
    await assert.rejects(pulled("app"), { message: /manifest/ });
  });

  it("a blob that is not the one of its digest is refused with both digests", async () => {
    const forged = (blob: Buffer): Buffer => Buffer.alloc(blob.length, 7);
    repositories.set("app", { image: honest, layer: (response, blob) => void response.end(forged(blob)) });
    await assert.rejects(pulled("app"), {
      code: "UNKNOWN",
      message: /^the blob sha256:[0-9a-f]{64} was asked for, and what came is sha256:[0-9a-f]{64}$/,
    });
  });

  it("a blob that breaks off is asked for once more, then told with how far it came", async () => {
    const layer = (response: ServerResponse, blob: Buffer): void => {
      response.writeHead(200, { "content-length": blob.length });
      response.write(blob.subarray(0, 20), () => response.destroy());
    };
    repositories.set("app", { image: honest, layer });
    await assert.rejects(pulled("app"), { message: /^the blob sha256:[0-9a-f]{64} broke off after \d+ of \d+ bytes$/ });
  });

  it("a layer that is not the one of its diffID is refused", async () => {
    const config = Buffer.from(
      honest.config.toString().replace(/sha256:[0-9a-f]{64}/, sha256(Buffer.from("no layer"))),
    );
    const manifest = JSON.parse(honest.manifest.toString()) as { config: { digest: string; size: number } };
    Object.assign(manifest.config, { digest: sha256(config), size: config.length });
    const forged = { ...honest, config, manifest: Buffer.from(JSON.stringify(manifest)) };
    repositories.set("app", { image: forged });
    await assert.rejects(pulled("app"), { code: "UNKNOWN", message: /sha256:[0-9a-f]{64}.*sha256:[0-9a-f]{64}/ });
  });

  it("a layer with ../ in a name is refused, and nothing is written outside", async () => {
    const evil = testImage([
      tar([
        { name: "fine", content: "x" },
        { name: "a/../../../evil", content: "x" },
      ]),
    ]);
    repositories.set("app", { image: evil });
    await assert.rejects(pulled("app"), {
      code: /^(UNKNOWN|INVALID_ARGUMENT)$/,
      message: /the name "a\/\.\.\/\.\.\/\.\.\/evil" holds "\.\."/,
    });
    for (const place of ["root/images/layers/evil", "root/images/evil", "root/evil", "evil"])
      assert.ok(!existsSync(join(bed.place, place)), place);
  });

  it("a layer that is no archive is refused", async () => {
    repositories.set("app", { image: testImage([Buffer.alloc(5000, "no tar ")]) });
    await assert.rejects(pulled("app"), { code: /^(UNKNOWN|INVALID_ARGUMENT)$/ });
  });

  it("two equal pulls at once are one: each blob is asked for once, and both callers get the image", async () => {
    repositories.set("app", { image: honest });
    const [one, other] = await Promise.all([pulled("app"), pulled("app")]);
    assert.deepEqual(one, other);
    assert.equal(layerRequests(), honest.layers.length);
    await removed("app");
  });

  it("a pull whose only caller leaves is called off, and leaves nothing", async () => {
    const held = Promise.withResolvers<ServerResponse>();
    repositories.set("app", { image: honest, layer: (response) => held.resolve(response) });
    const leaving = new AbortController();
    const left = assert.rejects(pulled("app", { signal: leaving.signal }), { code: "CANCELLED" });
    const response = await held.promise;
    const cut = once(response, "close");
    leaving.abort();
    await left;
    await cut;
  });

  it("a pull goes on when one of two callers leaves", async () => {
    const held: (() => void)[] = [];
    const both = Promise.withResolvers<void>();
    const layer = (response: ServerResponse, blob: Buffer): void => {
      held.push(() => response.end(blob));
      if (held.length === honest.layers.length) both.resolve();
    };
    repositories.set("app", { image: honest, layer });
    const leaving = new AbortController();
    const left = assert.rejects(pulled("app", { signal: leaving.signal }), { code: "CANCELLED" });
    await both.promise;
    const stays = pulled("app");
    await bed.kubelet.cri.call("Version", {}); // calls of one connection arrive in their order
    leaving.abort();
    await left;
    for (const answer of held) answer();
    await stays;
    assert.equal(layerRequests(), honest.layers.length);
    await removed("app");
  });

  it("a registry that does not answer is told of before the caller's deadline, with what is awaited", async () => {
    repositories.set("app", { image: honest, layer: () => {} });
    const begun = performance.now();
    await assert.rejects(pulled("app", { deadlineMs: 2500 }), {
      code: "DEADLINE_EXCEEDED",
      message: /^PullImage of 127\.0\.0\.1:\d+\/app:tag: .*fetch.*since \d/,
    });
    assert.ok(performance.now() - begun < 2400, "before the deadline");
  });
});
