/**
 * Who owns what in the image store: records on disk, catalog and shelf in memory, holders of layers. Changes go one at a
 * time, each in the order durable record → memory → files, so that a crash leaves at most files that no record knows.
 */
import type { ImageId } from "../../vocabulary/index.ts";
import { Catalog, type CatalogChange } from "./catalog.ts";
import type { ImageRecord, ImageRecords } from "./image-record.ts";
import { LayerShelf } from "./layer-shelf.ts";
import type { ImageStore } from "./store.ts";

export interface BooksOptions {
  readonly store: ImageStore;
  readonly records: ImageRecords;
  readonly bootId: string;
  /** Told in words of what went wrong where nobody waits for it. */
  readonly warn: (text: string) => void;
  /** Keys of layers that pulls under way count on. */
  readonly wanted: () => ReadonlySet<string>;
}

export class ImageBooks {
  readonly catalog = new Catalog();
  readonly shelf = new LayerShelf();
  readonly #options: BooksOptions;
  readonly #holders = new Map<string, ImageId>();
  readonly #background = new Set<Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: BooksOptions) {
    this.#options = options;
  }

  /** After all that was asked for before. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Within `exclusively`. */
  async commit(change: CatalogChange): Promise<void> {
    await this.#options.records.commit([
      ...change.put.map((record) => ({ key: record.id, json: JSON.stringify(record) })),
      ...change.remove.map((id) => ({ key: id, json: null })),
    ]);
    this.catalog.apply(change);
  }

  /** Within `exclusively`: puts out of the way what nobody needs any more, and deletes it in the background. */
  async sweep(): Promise<void> {
    const { store, wanted } = this.#options;
    const unused = this.shelf.takeUnused(this.catalog.records(), wanted());
    for (const key of unused) await store.discardInTime(store.layerPath(key));
    const used = new Set([...this.catalog.records()].flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
    for (const digest of await store.blobs()) if (!used.has(digest)) await store.deleteBlob(digest);
    this.inBackground("emptying the image store's trash", store.emptyTrash());
  }

  hold(id: ImageId, holder: string): void {
    this.#holders.set(holder, id);
  }

  release(holder: string): void {
    const id = this.#holders.get(holder);
    if (id === undefined) return;
    this.#holders.delete(holder);
    if (!this.catalog.get(id)?.retired) return;
    this.inBackground(
      `deleting the layers of the removed image ${id}`,
      this.exclusively(async () => {
        const record = this.catalog.get(id);
        if (record?.retired) await this.#retireOrRemove(record);
      }),
    );
  }

  remove(id: ImageId): Promise<void> {
    return this.exclusively(async () => {
      const record = this.catalog.get(id);
      if (record && !record.retired) await this.#retireOrRemove(record);
    });
  }

  /** For records read at the start: containers of this boot may still use an image that is none any more. */
  async retire(record: ImageRecord): Promise<void> {
    for (const holder of record.retired?.holders ?? []) this.#holders.set(holder, record.id);
    await this.commit({ put: [this.#retired(record)], remove: [] });
  }

  inBackground(what: string, work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => {
        this.#options.warn(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }

  /** When everything is done that was begun. */
  async idle(): Promise<void> {
    await this.#last;
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  async #retireOrRemove(record: ImageRecord): Promise<void> {
    const retired = this.#retired(record);
    const held = retired.retired.holders.length > 0;
    await this.commit(held ? { put: [retired], remove: [] } : { put: [], remove: [record.id] });
    await this.sweep();
  }

  #retired(record: ImageRecord) {
    const holders = [...this.#holders].filter(([, id]) => id === record.id).map(([holder]) => holder);
    return { ...record, repoTags: [], repoDigests: [], retired: { bootId: this.#options.bootId, holders } };
  }
}
