/** The images of `pull`: made from seeds, packed, and pushed to the node's registry. */
import { promisify } from "node:util";
import { gunzipSync, gzip, zstdCompress } from "node:zlib";
import { busyboxImage, descriptor, sha256, type TestImage } from "../../spec/support/busybox-image.ts";
import { pushImage } from "../../spec/support/registry.ts";
import { layerTar, type LayerShape } from "./layer-content.ts";
import { registryHost } from "./place.ts";

/** 80 MB of gzip. */
const large: LayerShape = { files: 3500, meanBytes: 46_000 };
const middle: LayerShape = { files: 250, meanBytes: 30_000 };
const small: LayerShape = { files: 40_000, meanBytes: 1200 };
const crowded: LayerShape = { files: 150, meanBytes: 30_000 };
const layersOfMany = 14;
export const crowdSize = 20;

type Packing = "gzip" | "zstd";
const packers = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };

const imageOf = async (tars: readonly Buffer[], packing: Packing = "gzip"): Promise<TestImage> => {
  const mediaType = `application/vnd.oci.image.layer.v1.tar+${packing}`;
  const layers = await Promise.all(tars.map(async (tar) => ({ blob: await packers[packing](tar), mediaType })));
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: tars.map(sha256) },
    }),
  );
  const type = "application/vnd.oci.image.manifest.v1+json";
  const manifest = {
    schemaVersion: 2,
    mediaType: type,
    config: descriptor(config, "application/vnd.oci.image.config.v1+json"),
    layers: layers.map(({ blob }) => descriptor(blob, mediaType)),
  };
  return { config, layers, manifest: Buffer.from(JSON.stringify(manifest)), mediaType: type };
};

/** The seeds of layers are its number in the image and the image's own; where they are equal, the layer is shared. */
const seed = (image: number, layer: number): number => image * 100 + layer;

/** The files of the large layer with a longer end mark: another layer to a store that knows layers by their content. */
const largeAgain = (): Buffer => Buffer.concat([layerTar(seed(1, 0), large), Buffer.alloc(512)]);

const busybox = (): readonly Buffer[] => busyboxImage().layers.map(({ blob }) => gunzipSync(blob));

const many = (last: number): readonly Buffer[] =>
  Array.from({ length: layersOfMany }, (_, layer) =>
    layerTar(seed(layer === layersOfMany - 1 ? last : 2, layer), middle),
  );

export const crowdImage = (number: number): string => `crowd-${number}`;

/** By name. `gzip` is what `zstd` is compared with; `many-again` has all but the last layer of `many`. */
const recipes: Readonly<Record<string, () => Promise<TestImage>>> = {
  one: () => imageOf([layerTar(seed(1, 0), large)]),
  zstd: () => imageOf([largeAgain()], "zstd"),
  many: () => imageOf(many(2)),
  "many-again": () => imageOf(many(3)),
  small: () => imageOf([layerTar(seed(4, 0), small)]),
  cold: () => imageOf([...busybox(), layerTar(seed(5, 0), { ...large, files: 1000 })]),
  ...Object.fromEntries(
    Array.from({ length: crowdSize }, (_, number) => [
      crowdImage(number),
      () => imageOf([layerTar(seed(6 + number, 0), crowded)]),
    ]),
  ),
};

export const referenceOf = (name: string): string => `${registryHost}/pull-${name}:bench`;

/** Makes these images and pushes them; the bytes of their layers as they are sent, by name. */
export const pushImages = async (names: readonly string[]): Promise<Readonly<Record<string, number>>> => {
  const sizes: Record<string, number> = {};
  for (const name of names) {
    const image = await recipes[name]!();
    await pushImage(registryHost, `pull-${name}`, "bench", image);
    sizes[name] = image.layers.reduce((sum, { blob }) => sum + blob.length, 0);
  }
  return sizes;
};
