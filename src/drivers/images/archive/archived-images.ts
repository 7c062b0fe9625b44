/**
 * The images of an archive: an OCI layout (image-spec image-layout.md), or what `docker save` writes. Nothing here is believed:
 * the daemon, which pulls them as from any registry, verifies every digest.
 */
import { Failed, Invalid } from "../../../errors.ts";
import type { Digest } from "../../../vocabulary/index.ts";
import { hexOf, algorithmOf, isDigest } from "../digest.ts";
import { asObject, asText, type JsonObject } from "../json-object.ts";
import { imageManifestTypes, indexTypes } from "../media-types.ts";
import type { Document } from "../resolution.ts";
import { jsonOf, openArchiveFiles, type ArchivedFile, type ArchiveFiles } from "./archive-files.ts";
import { dockerImages } from "./docker-archive.ts";

export interface ArchivedImage {
  /** What the archive calls it, as written; empty: it has no name in it. */
  readonly names: readonly string[];
  readonly manifest: Document & { readonly mediaType: string };
}

export interface ImageArchive {
  readonly images: readonly ArchivedImage[];
  /** A config, a layer, or the manifest that an index names. */
  blob(digest: Digest): Promise<ArchivedFile | undefined>;
  close(): Promise<void>;
}

/** Throws Invalid for what is no archive, and Failed for one that is broken. */
export const openImageArchive = async (path: string): Promise<ImageArchive> => {
  const files = await openArchiveFiles(path);
  try {
    const { images, blob } = (await ociImages(files)) ?? (await dockerImages(files)) ?? none(path);
    if (images.length === 0) throw new Invalid(`${path} holds no image`);
    return { images, blob, close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
};

const none = (path: string): never => {
  throw new Invalid(`${path} is no image archive: it has neither index.json (OCI) nor manifest.json (docker save)`);
};

const imageTypes: readonly string[] = [...imageManifestTypes, ...indexTypes];

const ociImages = async (files: ArchiveFiles): Promise<Omit<ImageArchive, "close"> | undefined> => {
  const index = await jsonOf(files, "index.json");
  if (index === undefined) return undefined;
  const blob: ImageArchive["blob"] = (digest) => files.find(`blobs/${algorithmOf(digest)}/${hexOf(digest)}`);
  const entries: unknown = asObject(index, "index.json")["manifests"];
  if (!Array.isArray(entries)) throw new Failed(`${files.path} has no list of manifests in its index.json`);
  const images = entries.map((entry: unknown) => asObject(entry, "an entry of index.json"));
  const wanted = images.filter(({ mediaType }) => imageTypes.includes(String(mediaType)));
  return { blob, images: await Promise.all(wanted.map((entry) => ociImage(entry, blob))) };
};

const ociImage = async (entry: JsonObject, blob: ImageArchive["blob"]): Promise<ArchivedImage> => {
  const [digest, mediaType] = [asText(entry["digest"], "a digest"), asText(entry["mediaType"], "a mediaType")];
  if (!isDigest(digest))
    throw new Failed(`index.json names a manifest by ${JSON.stringify(digest)}, which is no digest`);
  const file = await blob(digest);
  if (!file) throw new Failed(`the manifest ${digest}, which index.json names, is not in the archive`);
  return { names: namesOf(entry), manifest: { digest, mediaType, bytes: await file.read() } };
};

/** containerd writes the whole name apart, and the tag alone where skopeo and others have the whole name. */
const namesOf = (entry: JsonObject): readonly string[] => {
  const annotations = asObject(entry["annotations"] ?? {}, "annotations in index.json");
  const whole = asText(annotations["io.containerd.image.name"], "a name");
  const ref = asText(annotations["org.opencontainers.image.ref.name"], "a name");
  return [whole, ref].filter((name) => /[/:]/.test(name)).slice(0, 1);
};
