/**
 * Manifests and indexes, read strictly: they come from strangers, and what two readers understand differently is an
 * attack (CVE-2021-41190). Every digest is checked here before anyone uses it.
 */
import { Failed } from "../../errors.ts";
import type { LayerDescriptor } from "../../vocabulary/index.ts";
import { parseDigest } from "./digest.ts";
import { asObject, told, type JsonObject } from "./json-object.ts";
import {
  configTypes,
  imageManifestTypes,
  indexTypes,
  isEncryptedLayerType,
  isLayerType,
  schema1Types,
} from "./media-types.ts";

const mostLayers = 512;
const mostInstances = 4096;

export interface ImageManifest {
  readonly kind: "image";
  readonly config: LayerDescriptor;
  readonly layers: readonly LayerDescriptor[];
}

export interface ImageIndex {
  readonly kind: "index";
  readonly instances: readonly Instance[];
}

/** One image of an index. */
export interface Instance extends LayerDescriptor {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/**
 * `type` is the Content-Type, or the media type of the descriptor that led here. Throws Failed for everything that is no
 * image, by its name where it has one.
 */
export const parseManifest = (bytes: Buffer, type: string): ImageManifest | ImageIndex => {
  const manifest = asObject(parseJson(bytes), "the manifest");
  const inside = manifest["mediaType"];
  if (inside !== undefined && typeof inside !== "string") throw new Failed("the manifest's mediaType is no text");
  if (schema1Types.includes(type) || schema1Types.includes(inside ?? "") || manifest["schemaVersion"] === 1) {
    throw new Failed(
      "the image has a schema 1 manifest, which nobody builds any more: push it again with a current tool",
    );
  }
  if (manifest["schemaVersion"] !== 2) throw new Failed("the manifest's schemaVersion is not 2");
  const isKnown = (candidate = ""): boolean => [...imageManifestTypes, ...indexTypes].includes(candidate);
  if (isKnown(type) && inside !== undefined && inside !== type) {
    throw new Failed(`the manifest came as ${type} and calls itself ${told(inside)}`);
  }
  const known = isKnown(type) ? type : (inside ?? (manifest["manifests"] ? indexTypes[0] : imageManifestTypes[0]));
  if (!isKnown(known)) throw new Failed(`the manifest is of the type ${told(known)}, which is no image`);
  return indexTypes.includes(known ?? "") ? parseIndex(manifest) : parseImage(manifest);
};

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Failed("the manifest is no JSON", error);
  }
};

/** Keys that another kind of manifest has, in any spelling: Go's decoder takes `Layers` for `layers`. */
const refuseKeys = (manifest: JsonObject, own: readonly string[], foreign: readonly string[]): void => {
  for (const key of Object.keys(manifest)) {
    const lower = key.toLowerCase();
    if (foreign.includes(lower) || (own.includes(lower) && key !== lower)) {
      throw new Failed(`the manifest is ambiguous: it has ${told(key)}, which belongs to another kind`);
    }
  }
};

const parseImage = (manifest: JsonObject): ImageManifest => {
  refuseKeys(manifest, ["config", "layers"], ["manifests", "fslayers", "history"]);
  const config = parseDescriptor(manifest["config"], "the config");
  const artifact = manifest["artifactType"] ?? (configTypes.includes(config.mediaType) ? undefined : config.mediaType);
  if (artifact !== undefined) throw new Failed(`this is an artifact of the type ${told(artifact)}, not an image`);
  const layers = parseList(manifest["layers"], mostLayers, "layers").map((layer) => parseDescriptor(layer, "a layer"));
  for (const { mediaType, digest } of layers) {
    if (isLayerType(mediaType)) continue;
    const why = isEncryptedLayerType(mediaType) ? "encrypted layers are not supported" : "this is no layer";
    throw new Failed(`the layer ${digest} is of the type ${told(mediaType)}: ${why}`);
  }
  return { kind: "image", config, layers };
};

const parseIndex = (manifest: JsonObject): ImageIndex => {
  refuseKeys(manifest, ["manifests"], ["config", "layers", "fslayers", "history"]);
  const instances = parseList(manifest["manifests"], mostInstances, "manifests").map((value) => {
    const platform = asObject(asObject(value, "a descriptor")["platform"] ?? {}, "a platform");
    const text = (key: string): string => (typeof platform[key] === "string" ? platform[key] : "");
    return {
      ...parseDescriptor(value, "an image of the index"),
      os: text("os"),
      architecture: text("architecture"),
      variant: text("variant"),
    };
  });
  return { kind: "index", instances };
};

const parseList = (value: unknown, most: number, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Failed(`the manifest has no list of ${what}`);
  if (value.length > most) throw new Failed(`the manifest lists ${value.length} ${what}, more than ${most}`);
  return value;
};

const parseDescriptor = (value: unknown, what: string): LayerDescriptor => {
  const descriptor = asObject(value, what);
  const { mediaType, size } = descriptor;
  const digest = parseDigest(descriptor["digest"], `the digest of ${what}`);
  if (typeof mediaType !== "string") throw new Failed(`${what} ${digest} has no media type`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new Failed(`${what} ${digest} has the size ${told(size)}`);
  }
  return { digest, sizeBytes: size, mediaType };
};
