/** Image archives for specs, in each of their forms. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { descriptor, sha256, type TestImage } from "./busybox-image.ts";
import { tar } from "./tar.ts";

/** Content by name in the archive. */
export type ArchiveContent = Readonly<Record<string, Buffer>>;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const blobAt = (bytes: Buffer): string => `blobs/${sha256(bytes).replace(":", "/")}`;

/** As `skopeo copy … oci:` writes it. `name` as its annotation has it; "" has none. */
export const ociLayout = (images: readonly (readonly [name: string, image: TestImage])[]): ArchiveContent => ({
  "oci-layout": json({ imageLayoutVersion: "1.0.0" }),
  "index.json": json({
    schemaVersion: 2,
    manifests: images.map(([name, { manifest, mediaType }]) => ({
      ...descriptor(manifest, mediaType),
      ...(name !== "" && { annotations: { "org.opencontainers.image.ref.name": name } }),
    })),
  }),
  ...Object.fromEntries(
    images.flatMap(([, { manifest, config, layers }]) =>
      [manifest, config, ...layers.map(({ blob }) => blob)].map((bytes) => [blobAt(bytes), bytes]),
    ),
  ),
});

/** As `docker save` wrote it before it took to OCI's layout. */
export const dockerArchive = (tags: readonly string[], { config, layers }: TestImage): ArchiveContent => {
  const unpacked = layers.map(({ blob }, index) => [`${index}/layer.tar`, gunzipSync(blob)] as const);
  const names = unpacked.map(([name]) => name);
  return {
    "config.json": config,
    ...Object.fromEntries(unpacked),
    "manifest.json": json([{ Config: "config.json", RepoTags: tags, Layers: names }]),
  };
};

export const asTar = (content: ArchiveContent, path: string): string => {
  writeFileSync(path, tar(Object.entries(content).map(([name, bytes]) => ({ name, content: bytes }))));
  return path;
};

export const asDirectory = (content: ArchiveContent, path: string): string => {
  for (const [name, bytes] of Object.entries(content)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }
  return path;
};
