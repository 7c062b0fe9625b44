/** Images on this machine: registries at one end, layer directories for overlay at the other. */
import { availableParallelism } from "node:os";
import type { Image, ImageConfig, ImageId, WallNs } from "../../vocabulary/index.ts";
import { NotFound, toFailure } from "../../errors.ts";
import { firstThatWorks } from "./first-that-works.ts";
import type { RegistryAccess } from "./access/registry-access.ts";
import { ImageBooks } from "./image-books.ts";
import type { ImageRecords, LayerRecord } from "./image-record.ts";
import type { Images } from "./images.ts";
import { layerKeys } from "./layer-keys.ts";
import { mountOrder } from "./layer-shelf.ts";
import { openBooks } from "./opening.ts";
import { isPinned } from "./pinned.ts";
import { platformOf } from "./platform.ts";
import { blobsToFetch, fetchBlobs, stopUnpacking, unpackLayers, type PlannedLayer, type Pull } from "./pull.ts";
import { imageRecord, placeLayers } from "./pull-commit.ts";
import { parseWritten, repositoryOf } from "./reference.ts";
import type { Registries } from "./registries.ts";
import type { Registry } from "./registry.ts";
import { resolveImage, type Resolution } from "./resolution.ts";
import { servedRegistry } from "./served-registry.ts";
import { ImageStore } from "./store.ts";
import type { Gatekeeper } from "./trust/gatekeeper.ts";
import { UnpackWorkers } from "./unpacker.ts";

export interface ImagesOptions {
  /** `/var/lib/troupe/images` */
  readonly directory: string;
  readonly records: ImageRecords;
  readonly registries: Registries;
  readonly access: RegistryAccess;
  readonly gatekeeper: Gatekeeper;
  /** Patterns of names, read at each look. */
  readonly pinned: readonly string[];
  /** Of /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  readonly now: () => WallNs;
  /** A name that was never used before, fit for a file. */
  readonly randomId: () => string;
  /** Told of what is wrong with the store where no caller waits for it. */
  readonly warn: (text: string) => void;
  /** As in `process.arch`. */
  readonly arch: string;
  /** How long blobs that an earlier daemon has fetched wait for a pull that needs them. */
  readonly leftForMs?: number;
}

/** Each has some 80 MiB while it works. */
const mostWorkers = 4;
/** Longer than the kubelet waits before it asks for an image again. */
const fifteenMinutes = 900_000;

export interface RealImages extends Images {
  /** Resolves when the deletions that were begun have ended, which no caller waits for otherwise. */
  settled(): Promise<void>;
}

export const imagesDriver = (options: ImagesOptions): RealImages => {
  const { directory, randomId, now } = options;
  const store = new ImageStore({ directory, randomId, warn: options.warn });
  const pulls = new Map<string, Pull>();
  const wanted = (): ReadonlySet<string> => new Set([...pulls.values()].flatMap(keysHere));
  const books = new ImageBooks({ ...options, store, wanted });
  const { catalog, shelf } = books;
  const platform = platformOf(options.arch);
  const workers = new UnpackWorkers({ most: Math.min(mostWorkers, availableParallelism()) });
  const work = { store, workers, randomId };
  const { leftForMs = fifteenMinutes } = options;
  const sweepLeft = (since: number): Promise<void> => store.left.sweep(since);
  let sweeping: NodeJS.Timeout | undefined;

  /** By id or name; a short name is what it may stand for. */
  const find = (text: string): Image | undefined => {
    const found = catalog.find(text, options.registries.meanings);
    return found && seen(found);
  };
  const seen = (image: Image): Image => (isPinned(image, options.pinned) ? { ...image, pinned: true } : image);

  const pullOf = (pullId: string): Pull => {
    const pull = pulls.get(pullId);
    if (!pull) throw new NotFound("image pull", pullId);
    return pull;
  };

  /** The pull's directory into the trash, and with it what only this pull has kept. */
  const end = async (pullId: string): Promise<void> => {
    const pull = pulls.get(pullId);
    if (pull) await stopUnpacking(pull);
    const temporary = pull?.temporary;
    pulls.delete(pullId);
    if (temporary !== undefined) await store.discardInTime(temporary);
    await books.sweep();
  };

  return {
    async resolve({ pullId, reference: text, auth, server, told }, signal) {
      const written = parseWritten(text);
      const configured = await options.registries.read(signal);
      const stored = (digest: Parameters<ImageStore["readBlob"]>[0]) => store.readBlob(digest);
      const { reference, resolution } = await firstThatWorks(
        configured.candidates(written),
        async ({ reference: candidate }) => {
          const gate = await options.gatekeeper.admit(candidate, signal);
          const { credentialHelpers } = configured.conf;
          const places = new Map(
            server
              ? [[servedRegistry(server, candidate), repositoryOf(candidate)]]
              : configured.endpoints(candidate).map((endpoint) => {
                  const asking = { domain: candidate.domain, auth, credentialHelpers };
                  return [options.access.registryAt(endpoint, asking), `${endpoint.domain}/${endpoint.repository}`];
                }),
          );
          const verify = (registry: Registry, digest: string): Promise<void> => {
            const place = places.get(registry) ?? "";
            return options.gatekeeper.verify(gate, { reference: candidate, place, digest, registry }, signal);
          };
          const registries = [...places.keys()];
          const resolving = { reference: candidate, registries, platform, stored, verify, ...(told && { told }) };
          return { reference: candidate, resolution: await resolveImage(resolving, signal) };
        },
        "other hosts of this short name",
        signal,
      );
      const keys = layerKeys(resolution.config.diffIds);
      const before = pulls.get(pullId);
      if (before) await stopUnpacking(before);
      const temporary = before?.temporary;
      const layers = plan(resolution, keys, (layer) => shelf.find(layer));
      const pull: Pull = { reference, resolution, layers, ...(temporary !== undefined && { temporary }) };
      pulls.set(pullId, pull);
      return {
        imageId: resolution.config.digest as string as ImageId,
        layers: pull.layers.length,
        bytesToFetch: blobsToFetch(pull).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      };
    },

    async fetch(pullId, progress, signal) {
      await fetchBlobs(pullOf(pullId), work, progress, signal);
    },

    async unpack(pullId, signal) {
      const pull = pullOf(pullId);
      await unpackLayers(pull, work, signal);
      for (const { descriptor, unpacked } of pull.layers) {
        for (const text of unpacked?.written.warnings ?? []) options.warn(`layer ${descriptor.digest}: ${text}`);
      }
    },

    commit: (pullId) =>
      books.exclusively(async () => {
        const pull = pullOf(pullId);
        const layers = await placeLayers(pull, shelf, store);
        const { config, manifests } = pull.resolution;
        for (const document of [...manifests, config]) await store.writeBlob(document);
        // Before the record: a daemon that died in between would keep blobs that nobody needs any more.
        if (pull.temporary !== undefined) await store.discardInTime(pull.temporary);
        delete pull.temporary;
        await books.commit(catalog.adding(imageRecord(pull, layers))).catch(async (error: unknown) => {
          for (const { key } of layers) if (!shelf.has(key)) await store.discardInTime(store.layerPath(key));
          throw error;
        });
        for (const layer of layers) shelf.put(layer);
        await end(pullId);
        return find(config.digest) as Image;
      }),

    discard: (pullId) => books.exclusively(async () => (pulls.has(pullId) ? end(pullId) : undefined)),

    find,
    list: () => catalog.images().map(seen),
    layers: (id) => mountOrder(catalog.get(id)?.layers ?? []).map((key) => store.layerPath(key)),
    config: (id): ImageConfig | undefined => catalog.get(id)?.config,

    async remove(reference) {
      const image = find(reference);
      if (image) await books.remove(image.id);
    },
    hold: (id, holder) => books.hold(id, holder),
    release: (holder) => books.release(holder),

    async usage() {
      const { bytes, inodes } = shelf.usage();
      const blobs = new Map([...catalog.records()].flatMap((image) => image.blobs.map((blob) => [blob.digest, blob])));
      const blobBytes = [...blobs.values()].reduce((sum, blob) => sum + blob.bytes, 0);
      return { mountpoint: directory, usedBytes: bytes + blobBytes, inodesUsed: inodes + blobs.size, atNs: now() };
    },

    async open(inUse = []) {
      // For the meanings of short names. What is wrong with the files is for the pulls that need them.
      await options.registries.read(new AbortController().signal).catch((error: unknown) => {
        options.warn(`short names mean what they mean without configuration: ${toFailure(error).text}`);
      });
      await books.exclusively(() => openBooks(books, { ...options, store }, inUse));
      await sweepLeft(Number(BigInt(now()) / 1_000_000n) - leftForMs);
      sweeping = setTimeout(
        () => books.inBackground("deleting blobs that nobody asks for", sweepLeft(Infinity)),
        leftForMs,
      );
      sweeping.unref();
    },

    settled: () => books.idle(),
    async close() {
      clearTimeout(sweeping);
      await Promise.all([options.access.close(), workers.close()]);
      await books.idle();
    },
  };
};

const plan = (
  { layers, config }: Resolution,
  keys: ReturnType<typeof layerKeys>,
  find: (layer: PlannedLayer["keys"]) => LayerRecord | undefined,
): readonly PlannedLayer[] =>
  layers.flatMap((descriptor, index) => {
    const [diffId, layer] = [config.diffIds[index], keys[index]];
    return diffId && layer ? [{ descriptor, diffId, keys: layer, here: find(layer) }] : [];
  });

const keysHere = ({ layers }: Pull): readonly string[] => layers.flatMap(({ here }) => (here ? [here.key] : []));
