/** One image pull between its steps, and the two of them that take long: fetching blobs, and unpacking layers meanwhile. */
import PQueue from "p-queue";
import { join } from "node:path";
import { Cancelled } from "../../errors.ts";
import type { DiffId, LayerDescriptor } from "../../vocabulary/index.ts";
import { downloadBlob } from "./blob-download.ts";
import type { LayerRecord } from "./image-record.ts";
import type { LayerKeys } from "./layer-keys.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import { partName } from "./left-blobs.ts";
import type { Reference } from "./reference.ts";
import type { Resolution } from "./resolution.ts";
import type { ImageStore } from "./store.ts";
import type { BlobCame, LayerOfJob } from "./unpack-job.ts";
import type { Unpacking, UnpackWorkers } from "./unpacker.ts";

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
  /** Begun by `fetch`, ended by `unpack`. */
  unpacking?: PullUnpacking | undefined;
}

interface PullUnpacking extends Unpacking {
  /** The layers that are unpacked, bottom first, and where to. */
  readonly layers: ReadonlyMap<PlannedLayer, string>;
  readonly stop: () => void;
}

/** Blobs of the layers that are not here, each one once. */
export const blobsToFetch = ({ layers }: Pick<Pull, "layers">): readonly LayerDescriptor[] => [
  ...new Map(layers.filter(({ here }) => !here).map(({ descriptor }) => [descriptor.digest, descriptor])).values(),
];

/** What a pull needs of others while it is at work. */
export interface PullWork {
  readonly store: ImageStore;
  readonly workers: UnpackWorkers;
  readonly randomId: () => string;
}

/**
 * All blobs that are not here, and their layers as they come. The first failure calls the rest off, and all has ended before it
 * is told; what was unpacked then is for `unpackLayers` to begin anew.
 */
export const fetchBlobs = async (
  pull: Pull,
  work: PullWork,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  const directory = (pull.temporary ??= await work.store.temporary());
  const failing = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    failing.abort();
  };
  const blobBytes = blobsToFetch(pull).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const unpacking = await beginUnpacking(pull, work, blobBytes);
  unpacking?.ended.catch(fail);
  const both = AbortSignal.any([signal, failing.signal]);
  let bytes = 0;
  const download = async (layer: LayerDescriptor): Promise<void> => {
    if (both.aborted) return;
    const file = blobFile(directory, layer);
    let own = 0;
    const more = (count: number): void => {
      own += count;
      progress((bytes += count));
      unpacking?.came({ blob: file, bytes: own, whole: false });
    };
    try {
      const begun = await work.store.left.take(layer.digest, file);
      await downloadBlob({ registry: pull.resolution.registry, layer, file, begun, progress: more }, both);
      unpacking?.came({ blob: file, bytes: own, whole: true });
    } catch (error) {
      fail(error);
    }
  };
  const queue = new PQueue({ concurrency: downloadsAtOnce });
  await queue.addAll(blobsToFetch(pull).map((layer) => () => download(layer)));
  if (!signal.aborted && !failure) return;
  await stopUnpacking(pull);
  throw failure && !signal.aborted ? failure.error : new Cancelled("fetching the image's layers was called off");
};

/** Everything that is not here; on disk for good when it resolves. */
export const unpackLayers = async (pull: Pull, work: PullWork, signal: AbortSignal): Promise<void> => {
  const off = (): void => void stopUnpacking(pull);
  signal.addEventListener("abort", off, { once: true });
  try {
    for (;;) {
      if (signal.aborted) throw new Cancelled("unpacking was called off");
      const unpacking = pull.unpacking ?? (await beginUnpacking(pull, work, 0));
      if (!unpacking) return;
      for (const layer of blobsToFetch(pull)) unpacking.came(wholeIn(pull.temporary ?? "", layer));
      if (signal.aborted) off();
      const written = await unpacking.ended;
      pull.unpacking = undefined;
      if (written) return keep(unpacking.layers, written);
    }
  } catch (error) {
    await stopUnpacking(pull);
    throw error;
  } finally {
    signal.removeEventListener("abort", off);
  }
};

/** Resolves when no worker writes for this pull any more. */
export const stopUnpacking = async (pull: Pull): Promise<void> => {
  const { unpacking } = pull;
  pull.unpacking = undefined;
  unpacking?.stop();
  await unpacking?.ended.catch(() => {});
};

/** Undefined where all layers are here. Blobs that are still to come take `toCome` bytes of what is free now. */
const beginUnpacking = async (
  pull: Pull,
  { store, workers, randomId }: PullWork,
  toCome: number,
): Promise<PullUnpacking | undefined> => {
  const { temporary } = pull;
  const layers = pull.layers.filter(({ here }) => !here);
  if (layers.length === 0 || temporary === undefined) return undefined;
  const directories = new Map(layers.map((layer) => [layer, join(temporary, `layer-${randomId()}`)]));
  const chain = pull.layers.map((layer): LayerOfJob => {
    if (layer.here) return { here: store.layerPath(layer.here.key), opaqueRoot: layer.here.opaqueRoot };
    const { diffId, descriptor } = layer;
    const [blob, directory] = [blobFile(temporary, descriptor), directories.get(layer) ?? ""];
    return { digest: descriptor.digest, diffId, blob, sizeBytes: descriptor.sizeBytes, directory };
  });
  const stop = new AbortController();
  const { bytes, inodes } = await store.spare();
  const job = { temporary, layers: chain, limits: { bytes: Math.max(0, bytes - toCome), inodes } };
  const unpacking = { ...workers.begin(job, stop.signal), layers: directories, stop: () => stop.abort() };
  pull.unpacking = unpacking;
  return unpacking;
};

const keep = (directories: PullUnpacking["layers"], unpacked: readonly WrittenLayer[]): void => {
  for (const [index, [layer, directory]] of [...directories].entries()) {
    const written = unpacked[index];
    if (written) layer.unpacked = { directory, written };
  }
};

const wholeIn = (directory: string, layer: LayerDescriptor): BlobCame => ({
  blob: blobFile(directory, layer),
  bytes: layer.sizeBytes,
  whole: true,
});

const blobFile = (directory: string, { digest }: LayerDescriptor): string => join(directory, partName(digest));
