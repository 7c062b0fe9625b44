/** The images in memory, with an index for each way in which one can be asked for. Records go in, views come out. */
import type { Image, ImageId } from "../../vocabulary/index.ts";
import { toImage, type ImageRecord } from "./image-record.ts";
import { formatReference, parseReference, type Reference } from "./reference.ts";

const shortestPrefix = 3;

export class Catalog {
  readonly #records = new Map<ImageId, ImageRecord>();
  #images = new Map<ImageId, Image>();
  #named = new Map<string, Image>();

  /** Retired ones too. */
  get(id: ImageId): ImageRecord | undefined {
    return this.#records.get(id);
  }

  records(): Iterable<ImageRecord> {
    return this.#records.values();
  }

  images(): readonly Image[] {
    return [...this.#images.values()];
  }

  /** Takes over what was committed. */
  apply({ put, remove }: CatalogChange): void {
    for (const id of remove) this.#records.delete(id);
    for (const record of put) this.#records.set(record.id, record);
    const listed = [...this.#records.values()].filter(({ retired }) => !retired).map(toImage);
    this.#images = new Map(listed.map((image) => [image.id, image]));
    this.#named = new Map(
      listed.flatMap((image) => [...image.repoTags, ...image.repoDigests].map((name) => [name, image] as const)),
    );
  }

  /**
   * As CRI-O: an id or a unique prefix of one comes before a name. `meanings`: what a name may stand for, the first one first.
   * Throws Invalid for what is neither.
   */
  find(
    reference: string,
    meanings = (text: string): readonly Reference[] => [parseReference(text)],
  ): Image | undefined {
    const [, algorithm, hex = ""] = /^(sha256:|sha512:)?([0-9a-f]+)$/.exec(reference) ?? [];
    if (hex.length >= shortestPrefix) {
      const found = [...this.#images.values()].filter(({ id }) => id.startsWith(`${algorithm ?? "sha256:"}${hex}`));
      if (found.length === 1) return found[0];
    }
    if (algorithm !== undefined || hex.length === 64) return undefined;
    const names = meanings(reference).map(formatReference);
    return names.map((name) => this.#named.get(name)).find((image) => image !== undefined);
  }

  /** What changes when `image` comes in: it keeps the names that it has, and takes its tags from whoever has them. */
  adding(image: ImageRecord): CatalogChange {
    const before = this.#records.get(image.id);
    const known = before && !before.retired ? before : undefined;
    const merged: ImageRecord = {
      ...image,
      repoTags: union(known?.repoTags, image.repoTags),
      repoDigests: union(known?.repoDigests, image.repoDigests),
    };
    const robbed = [...this.#records.values()]
      .filter(({ id, repoTags }) => id !== image.id && repoTags.some((tag) => image.repoTags.includes(tag)))
      .map((other) => ({ ...other, repoTags: other.repoTags.filter((tag) => !image.repoTags.includes(tag)) }));
    return { put: [merged, ...robbed], remove: [] };
  }
}

export interface CatalogChange {
  readonly put: readonly ImageRecord[];
  readonly remove: readonly ImageId[];
}

const union = (first: readonly string[] = [], second: readonly string[]): readonly string[] => [
  ...new Set([...first, ...second]),
];
