/**
 * What `docker save` writes (manifest.json, and layers as they were unpacked): it has no manifest of OCI's, so one is made. A
 * layer's digest in it is that of the unpacked tar, which is its diffID: the config tells it, the daemon verifies it.
 */
import { Failed } from "../../../errors.ts";
import type { Digest } from "../../../vocabulary/index.ts";
import { digestOf } from "../digest.ts";
import { parseImageConfig } from "../image-config.ts";
import { asObject, asText, asTexts, type JsonObject } from "../json-object.ts";
import { imageManifestTypes } from "../media-types.ts";
import { jsonOf, type ArchivedFile, type ArchiveFiles } from "./archive-files.ts";
import type { ArchivedImage, ImageArchive } from "./archived-images.ts";

const [manifestType = ""] = imageManifestTypes;

export const dockerImages = async (files: ArchiveFiles): Promise<Omit<ImageArchive, "close"> | undefined> => {
  const list = await jsonOf(files, "manifest.json");
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw new Failed(`manifest.json of ${files.path} is no list`);
  const blobs = new Map<Digest, ArchivedFile>();
  const images: ArchivedImage[] = [];
  for (const entry of list) images.push(await dockerImage(files, asObject(entry, "an entry of manifest.json"), blobs));
  return { images, blob: (digest) => Promise.resolve(blobs.get(digest)) };
};

const dockerImage = async (
  files: ArchiveFiles,
  entry: JsonObject,
  blobs: Map<Digest, ArchivedFile>,
): Promise<ArchivedImage> => {
  const found = async (name: string): Promise<ArchivedFile> => {
    const file = await files.find(name);
    if (file) return file;
    throw new Failed(`${files.path} has no regular file ${JSON.stringify(name)}, which its manifest.json names`);
  };
  const configFile = await found(asText(entry["Config"], "Config in manifest.json"));
  const config = await configFile.read();
  const names = asTexts(entry["Layers"], "Layers in manifest.json");
  const { diffIds } = parseImageConfig(config, names.length);
  const layers = [];
  for (const [index, name] of names.entries()) {
    const [file, digest] = [await found(name), String(diffIds[index]) as Digest];
    blobs.set(digest, file);
    layers.push({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: file.size });
  }
  const digest = digestOf(config);
  blobs.set(digest, configFile);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: config.length },
      layers,
    }),
  );
  return {
    names: asTexts(entry["RepoTags"], "RepoTags in manifest.json"),
    manifest: { digest: digestOf(bytes), mediaType: manifestType, bytes },
  };
};
