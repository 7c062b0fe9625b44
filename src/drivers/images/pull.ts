/** One image pull between its steps, and the two of them that take long: fetching blobs and unpacking layers. */
import PQueue from "p-queue";
import { join } from "node:path";
import { Cancelled } from "../../errors.ts";
import type { DiffId, LayerDescriptor } from "../../vocabulary/index.ts";
import { downloadBlob } from "./blob-download.ts";
import { hexOf } from "./digest.ts";
import type { LayerRecord } from "./image-record.ts";
import type { LayerKeys } from "./layer-keys.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import type { Reference } from "./reference.ts";
import type { Resolution } from "./resolution.ts";
import type { ImageStore } from "./store.ts";
import type { LayerOfJob } from "./unpack-job.ts";
import { unpackInWorker } from "./unpacker.ts";

const downloadsAtOnce = 3;

export interface PlannedLayer {
  readonly descriptor: LayerDescriptor;
  readonly diffId: DiffId;
  readonly keys: LayerKeys;
  /** In the store already when the pull was resolved; kept there for it. */
  readonly here: LayerRecord | undefined;
  /** Unpacked by this pull. */
  unpacked?: { readonly directory: string; readonly written: WrittenLayer };
}

export interface Pull {
  readonly reference: Reference;
  readonly resolution: Resolution;
  /** Bottom first. */
  readonly layers: readonly PlannedLayer[];
  /** Made by `fetch`: all that the pull has on disk. */
  temporary?: string;
}

/** Blobs of the layers that are not here, each one once. */
export const blobsToFetch = ({ layers }: Pick<Pull, "layers">): readonly LayerDescriptor[] => [
  ...new Map(layers.filter(({ here }) => !here).map(({ descriptor }) => [descriptor.digest, descriptor])).values(),
];

export const fetchBlobs = async (
  pull: Pull,
  directory: string,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  let bytes = 0;
  const more = (count: number): void => progress((bytes += count));
  // The first failure calls the other downloads off; all have ended before it is told.
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  const queue = new PQueue({ concurrency: downloadsAtOnce });
  let failure: { readonly error: unknown } | undefined;
  const downloads = blobsToFetch(pull).map((layer) => async (): Promise<void> => {
    if (both.aborted) return;
    try {
      const file = blobFile(directory, layer);
      await downloadBlob({ registry: pull.resolution.registry, layer, file, progress: more }, both);
    } catch (error) {
      failure ??= { error };
      failing.abort();
    }
  });
  await queue.addAll(downloads);
  if (signal.aborted) throw new Cancelled("fetching the image's layers was called off");
  if (failure) throw failure.error;
};

/** Everything that is not here, in one worker process; on disk for good when it answers. */
export const unpackLayers = async (
  pull: Pull,
  { store, randomId }: { readonly store: ImageStore; readonly randomId: () => string },
  signal: AbortSignal,
): Promise<void> => {
  const missing = pull.layers.filter(({ here }) => !here);
  const temporary = pull.temporary;
  if (missing.length === 0 || temporary === undefined) return;
  const directories = new Map(missing.map((layer) => [layer, join(temporary, `layer-${randomId()}`)]));
  const layers = pull.layers.map((layer): LayerOfJob => {
    if (layer.here) return { here: store.layerPath(layer.here.key), opaqueRoot: layer.here.opaqueRoot };
    const { descriptor, diffId } = layer;
    const directory = directories.get(layer) ?? "";
    return { digest: descriptor.digest, diffId, blob: blobFile(temporary, descriptor), directory };
  });
  const unpacked = await unpackInWorker({ temporary, layers, limits: await store.spare() }, signal);
  for (const [index, layer] of missing.entries()) {
    const [directory, written] = [directories.get(layer), unpacked[index]];
    if (directory !== undefined && written) layer.unpacked = { directory, written };
  }
};

const blobFile = (directory: string, { digest }: LayerDescriptor): string => join(directory, `${hexOf(digest)}.part`);
