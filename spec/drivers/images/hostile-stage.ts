/** Registries that mean harm, and the real image driver that pulls from them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { TroupeError } from "../../../src/errors.ts";
import { descriptor, sha256, testImage, type TestImage } from "../../support/busybox-image.ts";
import { tar } from "../../support/tar.ts";
import { FakeRegistry, type Answer } from "./fake-registry.ts";
import { pull } from "./images.contract.ts";
import { driverIn, MemoryRecords } from "./images-stage.ts";

export const honest = testImage([tar([{ name: "a", content: "a".repeat(5000) }]), tar([{ name: "b" }])], {
  Cmd: ["sh"],
});
export const first = honest.layers[0]?.blob ?? Buffer.alloc(0);
/** Pulled in no time: there is nothing to unpack. */
export const bare = testImage([]);
export const ociIndex = "application/vnd.oci.image.index.v1+json";
/** Other bytes, and as many. */
export const altered = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));

/** Serves an image's documents and blobs; `instead` answers what it wants to and returns true. */
export const serving =
  (image: TestImage, instead: (path: string, ...rest: Parameters<Answer>) => boolean = () => false): Answer =>
  (asked, response) => {
    const path = asked.path.replace("/v2/library/app/", "");
    if (instead(path, asked, response)) return;
    const blobs = new Map(
      [image.config, ...image.layers.map(({ blob }) => blob)].map((bytes) => [sha256(bytes), bytes]),
    );
    const blob = blobs.get(path.replace("blobs/", ""));
    if (path.startsWith("manifests/")) response.setHeader("content-type", image.mediaType).end(image.manifest);
    else if (blob) response.end(blob);
    else response.writeHead(404).end();
  };
/** Serves the honest image, but for what is asked for as `path`. */
export const but = (
  path: string,
  answer: (response: ServerResponse, ...asked: Parameters<Answer>) => unknown,
): Answer =>
  serving(honest, (asked, ...rest) => {
    if (asked !== path) return false;
    answer(rest[1], ...rest);
    return true;
  });
export const blobPath = (bytes: Buffer): string => `blobs/${sha256(bytes)}`;

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
}
interface Manifest {
  [key: string]: unknown;
  config: Descriptor;
  layers: Descriptor[];
}
interface Config {
  [key: string]: unknown;
  rootfs: { type: string; diff_ids: string[] };
}

/** The honest image with other words in its manifest. */
export const withManifest = (change: (manifest: Manifest) => void, config = honest.config): TestImage => {
  const manifest = JSON.parse(honest.manifest.toString()) as Manifest;
  change(manifest);
  return { ...honest, config, manifest: Buffer.from(JSON.stringify(manifest)) };
};
/** And with others in its config, which fit each other again. */
export const withConfig = (change: (config: Config) => void): TestImage => {
  const config = JSON.parse(honest.config.toString()) as Config;
  change(config);
  const bytes = Buffer.from(JSON.stringify(config));
  return withManifest(
    (manifest) => Object.assign(manifest.config, { digest: sha256(bytes), size: bytes.length }),
    bytes,
  );
};
export const twoLayers = ({ layers }: Manifest): [Descriptor, Descriptor] => layers as [Descriptor, Descriptor];
export const withLayers = (layers: readonly Buffer[]): TestImage => testImage(layers);

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1 << 16, "{");
}
export const stream = (response: ServerResponse): unknown => Readable.from(endless()).pipe(response);
/** An answer as bytes, whatever Node's server would make of it. */
export const raw = (response: ServerResponse, text: string): unknown => response.socket?.end(`HTTP/1.1 ${text}`);
/** The first half of `bytes`, and then the line is cut. */
export const half = (response: ServerResponse, bytes: Buffer): void => {
  response.setHeader("content-length", bytes.length);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
};
export const rest = (bytes: Buffer): string => `bytes ${bytes.length >> 1}-${bytes.length - 1}/${bytes.length}`;

/** An index in an index, so many deep; the innermost has no image. */
export const nested = (depth: number): Buffer => {
  const below = depth === 0 ? honest.manifest : nested(depth - 1);
  const mediaType = depth === 0 ? honest.mediaType : ociIndex;
  const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
  const manifests = [{ ...descriptor(below, mediaType), platform }];
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
};
export const nestedBelow = (path: string, _: unknown, response: ServerResponse): boolean => {
  const found = [0, 1, 2, 3].map(nested).find((bytes) => path === `manifests/${sha256(bytes)}`);
  if (found) response.setHeader("content-type", ociIndex).end(found);
  return found !== undefined;
};

export interface HostileStage {
  readonly store: string;
  /** Who must never be asked. */
  readonly stranger: FakeRegistry;
  readonly fake: FakeRegistry;
  /** The pull fails as `why` says, leaves nothing, and the next one works. */
  refuses(harm: Answer, why: RegExp, reference?: string): Promise<void>;
  /** The pull works; `look` is called before the image is removed again. */
  takes(answer: Answer, look?: () => void | Promise<void>): Promise<void>;
  /** The image that is served just now, under the name that all of them have. */
  pullAgain(): Promise<void>;
  stop(): Promise<void>;
}

export const hostileStage = async (): Promise<HostileStage> => {
  const place = mkdtempSync("/var/lib/troupe/hostile-");
  const [store, outside] = [join(place, "store"), join(place, "outside")];
  mkdirSync(outside);
  let answer: Answer = serving(honest);
  const records = new MemoryRecords();
  const fake = await FakeRegistry.start((asked, response) => answer(asked, response));
  const stranger = await FakeRegistry.start((_, response) => response.end("from a stranger"), { ping: false });
  const images = driverIn({ place, records, insecure: [fake.host], warn: () => {} });
  await images.open();
  const tagged = `${fake.host}/library/app:v1`;
  const left = (): readonly string[] =>
    ["layers", "tmp", "trash", "blobs/sha256"].flatMap((name) => readdirSync(join(store, name)));
  /** Nothing of the pull is left, nothing came where nothing belongs, and the next pull of an honest image works. */
  const nothingHappened = async (next: TestImage): Promise<void> => {
    await images.discard("harm");
    await images.settled();
    assert.deepEqual([left(), [...records.rows], readdirSync(outside)], [[], [], []]);
    answer = serving(next);
    await images.remove((await pull(images, tagged, "honest")).id);
    await images.settled();
    assert.deepEqual(left(), []);
  };
  return {
    store,
    stranger,
    fake,
    async refuses(harm, why, reference = tagged) {
      answer = harm;
      await assert.rejects(pull(images, reference, "harm"), (error) => {
        assert(error instanceof TroupeError);
        assert.match(error.message, why);
        assert(error.message.length < 1000, error.message);
        return true;
      });
      await nothingHappened(why.source.startsWith("^layer") ? honest : bare);
    },
    async takes(harmless, look = () => {}) {
      answer = harmless;
      const { id } = await pull(images, tagged, "harm");
      await look();
      await images.remove(id);
      await nothingHappened(bare);
    },
    async pullAgain() {
      await pull(images, tagged, "again");
    },
    async stop() {
      await images.close();
      await fake[Symbol.asyncDispose]();
      await stranger[Symbol.asyncDispose]();
      rmSync(place, { recursive: true });
    },
  };
};
