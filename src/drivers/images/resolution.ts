/** Reference → index → manifest for this machine → config: what an image is, before any of its layers is fetched. */
import { Failed } from "../../errors.ts";
import type { Digest, LayerDescriptor } from "../../vocabulary/index.ts";
import { digestOf, isDigest } from "./digest.ts";
import { firstThatWorks } from "./first-that-works.ts";
import { readBody } from "./http.ts";
import { parseImageConfig, type ParsedConfig } from "./image-config.ts";
import { parseManifest, type ImageManifest } from "./manifest.ts";
import { chooseInstance, type Platform } from "./platform.ts";
import type { Reference } from "./reference.ts";
import { largestDocument, type Registry } from "./registry.ts";

/** Bytes and their digest, verified. */
export interface Document {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface Resolution {
  /** The registry that had the manifest; it serves the blobs too. */
  readonly registry: Registry;
  /** What the reference named, and for an index what it led to: the image's manifest is the last one. */
  readonly manifests: readonly Document[];
  readonly config: Document & ParsedConfig;
  /** Bottom first, one for each diffId. */
  readonly layers: readonly LayerDescriptor[];
}

export interface Resolving {
  readonly reference: Reference;
  /** In the order in which they are asked; not empty. */
  readonly registries: readonly Registry[];
  readonly platform: Platform;
  /** A document that is here already, verified; undefined: it has to be fetched. */
  readonly stored: (digest: Digest) => Promise<Buffer | undefined>;
  /** Told in words of each pause before a registry is asked again; of the one that had the manifest, later too. */
  readonly told?: (text: string) => void;
  /** Asked before more than manifests is fetched; rejects for an image that is not to be had. Absent: all are. */
  readonly verify?: (registry: Registry, digest: Digest) => Promise<void>;
}

/** Throws what registries throw (the last one's error, with the others' texts), and Failed for what is no such image. */
export const resolveImage = (resolving: Resolving, signal: AbortSignal): Promise<Resolution> =>
  firstThatWorks(
    resolving.registries,
    (registry) => resolveAt(registry, resolving, signal),
    "mirrors before it",
    signal,
  );

const resolveAt = async (registry: Registry, resolving: Resolving, signal: AbortSignal): Promise<Resolution> => {
  const { reference, platform, stored, told, verify } = resolving;
  registry.told = told;
  const first = await fetchManifest(registry, reference.digest ?? reference.tag ?? "latest", signal);
  const manifests: Document[] = [first];
  let parsed = parseManifest(first.bytes, first.contentType);
  // An index may lead to another one; deeper than that nobody nests them honestly.
  for (let depth = 0; parsed.kind === "index"; depth += 1) {
    if (depth === 2) throw new Failed("the image's index leads to an index that leads to an index");
    const instance = chooseInstance(parsed, platform);
    const next = await fetchManifest(registry, instance.digest, signal);
    checkSize("the manifest", instance, next.bytes.length);
    manifests.push(next);
    parsed = parseManifest(next.bytes, instance.mediaType);
  }
  await verify?.(registry, manifests.at(-1)?.digest ?? first.digest);
  const config = await fetchConfig(registry, parsed, stored, signal);
  return { registry, manifests, config, layers: parsed.layers };
};

const fetchManifest = async (registry: Registry, target: string, signal: AbortSignal) => {
  const { bytes, contentType, digest: said } = await registry.manifest(target, signal);
  // By digest the bytes have to fit; by tag they have to fit what the registry itself says of them.
  const expected = isDigest(target) ? target : isDigest(said) ? said : digestOf(bytes);
  const digest = digestOf(bytes, expected);
  if (digest !== expected) throw new Failed(`the manifest ${expected} was asked for, and what came is ${digest}`);
  return { digest, bytes, contentType };
};

const fetchConfig = async (
  registry: Registry,
  { config: descriptor, layers }: ImageManifest,
  stored: Resolving["stored"],
  signal: AbortSignal,
): Promise<Document & ParsedConfig> => {
  const { digest } = descriptor;
  if (descriptor.sizeBytes > largestDocument)
    throw new Failed(`the image's config is larger than ${largestDocument} bytes`);
  const bytes = (await stored(digest)) ?? (await fetchDocument(registry, digest, signal));
  checkSize("the image's config", descriptor, bytes.length);
  const got = digestOf(bytes, digest);
  if (got !== digest) throw new Failed(`the image's config ${digest} was asked for, and what came is ${got}`);
  return { digest, bytes, ...parseImageConfig(bytes, layers.length) };
};

const fetchDocument = async (registry: Registry, digest: Digest, signal: AbortSignal): Promise<Buffer> =>
  readBody(await registry.blob(digest, 0, signal), { limit: largestDocument, what: "the image's config" }, signal);

const checkSize = (what: string, { digest, sizeBytes }: LayerDescriptor, got: number): void => {
  if (got !== sizeBytes) throw new Failed(`${what} ${digest} should have ${sizeBytes} bytes, and ${got} came`);
};
