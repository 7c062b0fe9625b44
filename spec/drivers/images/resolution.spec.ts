import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../../src/drivers/images/digest.ts";
import { parseReference } from "../../../src/drivers/images/reference.ts";
import { resolveImage } from "../../../src/drivers/images/resolution.ts";
import type { ManifestAnswer, Registry } from "../../../src/drivers/images/registry.ts";
import type { HttpAnswer } from "../../../src/drivers/images/http.ts";
import { TroupeError, Unavailable } from "../../../src/errors.ts";
import { descriptor, testImage } from "../../support/busybox-image.ts";
import { tar } from "../../support/tar.ts";
import { never } from "./fake-registry.ts";

const image = testImage([tar([{ name: "a" }])], { Cmd: ["sh"] });
const ociIndex = "application/vnd.oci.image.index.v1+json";
const platform = { architecture: "amd64", variants: [""] };

/** Has these documents, by tag or digest. */
const registryOf = (documents: Readonly<Record<string, Partial<ManifestAnswer> & { bytes: Buffer }>>): Registry => ({
  manifest(target) {
    const found = documents[target];
    if (!found) throw new TroupeError("NotFound", `${target} is not there`);
    return Promise.resolve({ contentType: image.mediaType, digest: "", ...found });
  },
  blob(digest) {
    const found = documents[digest]?.bytes ?? image.config;
    return Promise.resolve({ status: 200, headers: {}, host: "h", body: [found] } as unknown as HttpAnswer);
  },
});
const broken: Registry = {
  manifest: () => Promise.reject(new Unavailable("RegistryUnavailable: mirror is down")),
  blob: () => Promise.reject(new Unavailable("RegistryUnavailable: mirror is down")),
};
const resolve = (registries: readonly Registry[], reference = "app:v1") =>
  resolveImage(
    { reference: parseReference(reference), registries, platform, stored: () => Promise.resolve(undefined) },
    never,
  );
const whole = registryOf({ v1: { bytes: image.manifest } });

describe("the resolution of a reference", () => {
  it("leads to the config, which is the image's id, and to its layers", async () => {
    const { config, manifests, layers } = await resolve([whole]);
    assert.equal(config.digest, digestOf(image.config));
    assert.deepEqual(config.config.cmd, ["sh"]);
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      [digestOf(image.manifest)],
    );
    assert.equal(layers[0]?.digest, digestOf(image.layers[0]?.blob ?? Buffer.alloc(0)));
  });

  it("takes the first mirror that has the manifest", async () => {
    const { registry } = await resolve([broken, registryOf({}), whole, broken]);
    assert.equal(registry, whole);
  });

  it("that no mirror can do fails with the last one's error, and the others' words", async () => {
    await assert.rejects(resolve([broken, registryOf({})]), {
      code: "NotFound",
      message: "v1 is not there; mirrors before it: RegistryUnavailable: mirror is down",
    });
  });

  it("believes no manifest but that of the digest", async () => {
    const other = digestOf(Buffer.from("other"));
    await assert.rejects(resolve([registryOf({ [other]: { bytes: image.manifest } })], `app@${other}`), {
      message: `the manifest ${other} was asked for, and what came is ${digestOf(image.manifest)}`,
    });
    await assert.rejects(
      resolve([registryOf({ v1: { bytes: image.manifest, digest: other } })]),
      /was asked for, and what came is/,
    );
    const right = digestOf(image.manifest, "sha512:");
    const { manifests } = await resolve([registryOf({ [right]: { bytes: image.manifest } })], `app@${right}`);
    assert.equal(manifests[0]?.digest, right);
  });

  it("believes no config but that of the manifest", async () => {
    const digest = digestOf(image.config);
    const same = Buffer.alloc(image.config.length, " ");
    await assert.rejects(resolve([registryOf({ v1: { bytes: image.manifest }, [digest]: { bytes: same } })]), {
      message: `the image's config ${digest} was asked for, and what came is ${digestOf(same)}`,
    });
    const short = Buffer.from("{}");
    await assert.rejects(resolve([registryOf({ v1: { bytes: image.manifest }, [digest]: { bytes: short } })]), {
      message: `the image's config ${digest} should have ${image.config.length} bytes, and 2 came`,
    });
  });

  it("goes through an index in an index, and no deeper", async () => {
    const indexOf = (bytes: Buffer, mediaType: string): Buffer => {
      const manifests = [{ ...descriptor(bytes, mediaType), platform: { os: "linux", architecture: "amd64" } }];
      return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    };
    const [one, two, three] = [image.manifest, ociIndex, ociIndex].reduce<Buffer[]>(
      (made, _, depth) => [...made, indexOf(made.at(-1) ?? image.manifest, depth === 0 ? image.mediaType : ociIndex)],
      [],
    ) as [Buffer, Buffer, Buffer];
    const inside = Object.fromEntries([image.manifest, one, two].map((bytes) => [digestOf(bytes), { bytes }]));
    const { manifests } = await resolve([registryOf({ ...inside, v1: { bytes: two, contentType: ociIndex } })]);
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      [two, one, image.manifest].map((bytes) => digestOf(bytes)),
    );
    await assert.rejects(
      resolve([registryOf({ ...inside, v1: { bytes: three, contentType: ociIndex } })]),
      /leads to an index/,
    );
  });
});
