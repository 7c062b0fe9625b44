/** Which unpacked layers are in the store, and which of them somebody needs: images, and pulls that count on them. */
import { uniqueLayers, type ImageRecord, type LayerRecord } from "./image-record.ts";
import type { LayerKeys } from "./layer-keys.ts";

export class LayerShelf {
  readonly #layers = new Map<string, LayerRecord>();

  put(layer: LayerRecord): void {
    this.#layers.set(layer.key, layer);
  }

  /** The layer, in the shape that fits this stack. */
  find({ alone, chained }: LayerKeys): LayerRecord | undefined {
    return this.#layers.get(alone) ?? this.#layers.get(chained);
  }

  has(key: string): boolean {
    return this.#layers.has(key);
  }

  /** Forgets every layer that is neither of a record nor among `wanted`; answers their keys. */
  takeUnused(records: Iterable<ImageRecord>, wanted: ReadonlySet<string>): readonly string[] {
    const used = new Set(wanted);
    for (const { layers } of records) for (const { key } of layers) used.add(key);
    const unused = [...this.#layers.keys()].filter((key) => !used.has(key));
    for (const key of unused) this.#layers.delete(key);
    return unused;
  }

  usage(): { readonly bytes: number; readonly inodes: number } {
    let [bytes, inodes] = [0, 0];
    for (const layer of this.#layers.values()) {
      bytes += layer.bytes;
      inodes += layer.inodes;
    }
    return { bytes, inodes };
  }
}

/** For overlay: topmost first, none twice (it answers ELOOP to that), none below an opaque root (it would show them). */
export const mountOrder = (layers: readonly LayerRecord[]): readonly string[] => {
  const topmostFirst = layers.toReversed();
  const opaque = topmostFirst.findIndex(({ opaqueRoot }) => opaqueRoot);
  const visible = opaque < 0 ? topmostFirst : topmostFirst.slice(0, opaque + 1);
  return uniqueLayers(visible).map(({ key }) => key);
};
