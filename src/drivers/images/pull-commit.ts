/** The last step of a pull: its layers to their places in the store, and what the records say of the image. */
import { Failed } from "../../errors.ts";
import type { ImageId } from "../../vocabulary/index.ts";
import type { ImageRecord, LayerRecord } from "./image-record.ts";
import type { LayerShelf } from "./layer-shelf.ts";
import type { PlannedLayer, Pull } from "./pull.ts";
import { formatReference, repositoryOf } from "./reference.ts";
import type { ImageStore } from "./store.ts";

/** Bottom first. What another pull has placed meanwhile is used; what this one made of it goes with its directory. */
export const placeLayers = async (
  { layers }: Pull,
  shelf: LayerShelf,
  store: ImageStore,
): Promise<readonly LayerRecord[]> => {
  const placed = new Set<string>();
  const records: LayerRecord[] = [];
  for (const layer of layers) {
    const record = layer.here ?? unpackedRecord(layer);
    records.push(record);
    if (layer.here || shelf.has(record.key) || placed.has(record.key) || !layer.unpacked) continue;
    await store.placeLayer(layer.unpacked.directory, record.key);
    placed.add(record.key);
  }
  if (placed.size > 0) await store.syncLayers();
  return records;
};

const unpackedRecord = ({ unpacked, keys, descriptor }: PlannedLayer): LayerRecord => {
  if (!unpacked) throw new Failed(`the layer ${descriptor.digest} was not unpacked before the image's commit`);
  const { bytes, inodes, dependent, opaqueRoot } = unpacked.written;
  return { key: dependent ? keys.chained : keys.alone, bytes, inodes, opaqueRoot };
};

/** By tag the image gets that name; by any way the digests under which its repository knows it. */
export const imageRecord = ({ reference, resolution }: Pull, layers: readonly LayerRecord[]): ImageRecord => {
  const { config, manifests } = resolution;
  const documents = [...manifests, config];
  return {
    version: 1,
    id: config.digest as string as ImageId,
    repoTags: reference.tag === undefined ? [] : [formatReference(reference)],
    repoDigests: manifests.map(({ digest }) => `${repositoryOf(reference)}@${digest}`),
    config: config.config,
    diffIds: config.diffIds,
    layers,
    blobs: documents.map(({ digest, bytes }) => ({ digest, bytes: bytes.length })),
  };
};
