/** What an image store holds when a daemon starts: records against directories, debris of the daemons before. */
import type { ImageId } from "../../vocabulary/index.ts";
import type { ImageRecord } from "./image-record.ts";
import { parseImageRecord, uniqueLayers } from "./image-record.ts";
import type { BooksOptions, ImageBooks } from "./image-books.ts";

export type Opening = Pick<BooksOptions, "store" | "records" | "bootId" | "warn">;

/**
 * Within `exclusively`. Afterwards the books say what is there, and nothing is there that they do not say; unless records are
 * lost of what is `inUse`: then nothing is deleted before a start at which that has ended.
 */
export const openBooks = async (books: ImageBooks, opening: Opening, inUse: readonly ImageId[]): Promise<void> => {
  const { store, records, bootId, warn } = opening;
  await store.prepare();
  for (const path of await store.sweepTemporaries()) {
    warn(`an unpack worker of an earlier daemon still writes to ${path}: it is left for the next start`);
  }
  const keys = await store.layerKeys();
  let unreadable = 0;
  for (const { key, json, damaged } of await records.all()) {
    const record = damaged === undefined ? read(json, key, warn) : unreadableFor(damaged, key, warn);
    if (record) await admit(books, record, { keys, bootId, warn });
    else unreadable += 1;
  }
  const lost = inUse.find((id) => !books.catalog.get(id));
  if (lost !== undefined)
    warn(
      `the record of the image ${lost} is lost, and a container runs from it: nothing in the image store is deleted`,
    );
  // What an unreadable or a lost record names may be in use: then nothing counts as debris.
  if (unreadable > 0 || lost !== undefined) return store.keepTrash();
  for (const key of keys) if (!books.shelf.has(key)) await store.discard(store.layerPath(key));
  await books.sweep();
};

const read = (json: string, key: string, warn: Opening["warn"]): ImageRecord | undefined => {
  try {
    return parseImageRecord(json);
  } catch (error) {
    return unreadableFor(error instanceof Error ? error.message : String(error), key, warn);
  }
};

const unreadableFor = (reason: string, key: string, warn: Opening["warn"]): undefined => {
  warn(`the record of the image ${key} cannot be read: ${reason}`);
  return undefined;
};

interface Known {
  readonly keys: ReadonlySet<string>;
  readonly bootId: string;
  readonly warn: Opening["warn"];
}

const admit = async (books: ImageBooks, record: ImageRecord, { keys, bootId, warn }: Known): Promise<void> => {
  const [here, missing] = [
    uniqueLayers(record.layers).filter(({ key }) => keys.has(key)),
    uniqueLayers(record.layers).filter(({ key }) => !keys.has(key)),
  ];
  if (record.retired && record.retired.bootId !== bootId) return books.commit({ put: [], remove: [record.id] });
  for (const layer of here) books.shelf.put(layer);
  if (record.retired) return books.retire(record);
  if (missing.length === 0) return books.catalog.apply({ put: [record], remove: [] });
  const names = record.repoTags.join(", ") || record.id;
  warn(`the image ${names} has lost ${missing.length} of its layers (${missing[0]?.key}): it has to be pulled again`);
  await books.retire(record);
};
