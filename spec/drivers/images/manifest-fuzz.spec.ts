import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDigest } from "../../../src/drivers/images/digest.ts";
import { parseImageConfig } from "../../../src/drivers/images/image-config.ts";
import { parseManifest } from "../../../src/drivers/images/manifest.ts";
import { chooseInstance, platformOf } from "../../../src/drivers/images/platform.ts";
import { Failed } from "../../../src/errors.ts";
import { testImage } from "../../support/busybox-image.ts";
import { cases } from "../../support/long.ts";
import { numbersFrom, seedOfRun } from "../../support/seeded.ts";
import { tar } from "../../support/tar.ts";

type Chance = (below: number) => number;

const pick = <Item>(chance: Chance, items: readonly Item[]): Item => items[chance(items.length)] as Item;
const image = testImage([tar([{ name: "a" }])], {
  User: "1",
  Env: ["A=b"],
  Volumes: { "/v": {} },
  Labels: { a: "b", c: "d" },
});
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [{ ...JSON.parse(image.manifest.toString()).config, platform: { os: "linux", architecture: "amd64" } }],
});
const types = [image.mediaType, "application/vnd.oci.image.index.v1+json", "application/json", "", "text/html"];

/** As text, for JSON.stringify knows neither keys that come twice nor numbers that are none. */
const odd = [
  "null",
  "true",
  "0",
  "-1",
  "1e999",
  "1e-999",
  "-0",
  "12345678901234567890",
  "0.5",
  '""',
  '"x"',
  '"sha256:../../x"',
  '"\\u0000"',
  '"\\ud800"',
  "[]",
  "[[]]",
  "{}",
  '{"__proto__":{"mediaType":"x"}}',
  '{"length":5}',
  "[".repeat(3000) + "]".repeat(3000),
  '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000),
  `"${"x".repeat(100_000)}"`,
];
const keys = [
  "__proto__",
  "constructor",
  "toString",
  "mediaType",
  "MediaType",
  "layers",
  "Layers",
  "manifests",
  "digest",
  "size",
  "config",
  "urls",
  "data",
  "artifactType",
  "rootfs",
  "diff_ids",
  "length",
];

/** A document with some of its values replaced, its keys added, doubled or taken away, or its text cut. */
const tampered = (text: string, chance: Chance): Buffer => {
  let changed = text;
  for (let left = 1 + chance(3); left > 0; left -= 1) changed = tamperOnce(changed, chance);
  return Buffer.from(changed);
};

const tamperOnce = (text: string, chance: Chance): string => {
  const members = [...text.matchAll(/"(\w+)":("[^"]*"|\d+|\[\]|\{\})/g)];
  const braces = [...text.matchAll(/\{/g)];
  const member = members.length > 0 ? pick(chance, members) : undefined;
  const [whole = "", key = ""] = member ?? [];
  const at = member?.index ?? 0;
  const replaced = (by: string): string => text.slice(0, at) + by + text.slice(at + whole.length);
  switch (chance(6)) {
    case 0:
      return text.slice(0, chance(text.length + 1));
    case 1:
      return replaced(`"${key}":${pick(chance, odd)}`);
    case 2:
      return replaced(`"${key}":${pick(chance, odd)},${whole}`);
    case 3:
      return replaced(`"${pick(chance, keys)}":${pick(chance, odd)}`);
    case 4:
      return replaced(`${whole},"${pick(chance, keys)}":${pick(chance, odd)}`);
    default: {
      const brace = braces.length > 0 ? (pick(chance, braces).index ?? 0) : 0;
      return `${text.slice(0, brace + 1)}"${pick(chance, keys)}":${pick(chance, odd)},${text.slice(brace + 1)}`;
    }
  }
};

/** What `parse` makes of it; undefined where it refuses in words. */
const parsed = <Value>(parse: () => Value): Value | undefined => {
  try {
    return parse();
  } catch (error) {
    assert(error instanceof Failed, `not refused but broken: ${String(error)}`);
    assert(error.message.length < 1000, "a message without end");
    return undefined;
  }
};

const isDescriptor = ({
  digest,
  sizeBytes,
  mediaType,
}: {
  digest: string;
  sizeBytes: number;
  mediaType: string;
}): boolean => isDigest(digest) && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && typeof mediaType === "string";

describe("documents that have been tampered with", () => {
  const documents = cases(400, 100_000);
  const all = (work: (chance: Chance) => boolean): number => {
    let taken = 0;
    for (let seed = seedOfRun; seed < seedOfRun + documents; seed += 1) {
      try {
        if (work(numbersFrom(seed))) taken += 1;
      } catch (error) {
        throw new Error(`TROUPE_SEED=${seed}`, { cause: error });
      }
    }
    return taken;
  };

  it("are manifests with digests, sizes and types that can be used, or refused in words", () => {
    const taken = all((chance) => {
      const bytes = tampered(chance(3) === 0 ? index : image.manifest.toString(), chance);
      const manifest = parsed(() => parseManifest(bytes, pick(chance, types)));
      if (!manifest) return false;
      if (manifest.kind === "index") parsed(() => chooseInstance(manifest, platformOf("x64")));
      const descriptors = manifest.kind === "image" ? [manifest.config, ...manifest.layers] : manifest.instances;
      assert(descriptors.length <= 4096 && descriptors.every(isDescriptor));
      return true;
    });
    assert(taken > documents / 50 && taken < documents, `${taken} of ${documents} were taken`);
  });

  it("are configs whose texts are texts, or refused in words", () => {
    const taken = all((chance) => {
      const config = parsed(() => parseImageConfig(tampered(image.config.toString(), chance), 1));
      if (!config) return false;
      const { user, env, entrypoint, cmd, workingDir, stopSignal, volumes, labels } = config.config;
      const texts = [user, workingDir, stopSignal, ...env, ...entrypoint, ...cmd, ...volumes, ...Object.values(labels)];
      assert(texts.every((text) => typeof text === "string"));
      assert(config.diffIds.length === 1 && config.diffIds.every(isDigest));
      assert.equal(Object.getPrototypeOf(labels), Object.prototype);
      return true;
    });
    assert(taken > documents / 50 && taken < documents, `${taken} of ${documents} were taken`);
  });
});
