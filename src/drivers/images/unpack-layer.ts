/** One layer: blob → decompress → digest and tar → directory. The digest is that of every byte, behind the tar's end too. */
import { mkdirSync } from "node:fs";
import { Failed } from "../../errors.ts";
import { algorithmOf, hasherFor } from "./digest.ts";
import { decompress, wholeBlob, type BlobSource } from "./decompress.ts";
import { LayerWriter, type WrittenLayer } from "./layer-writer.ts";
import type { LayerLimits } from "./layer-work.ts";
import type { Lowers } from "./lower-layers.ts";
import { TarReader } from "./tar-reader.ts";

export interface LayerToUnpack {
  readonly diffId: string;
  /** The layer as it comes, or the file with it. */
  readonly blob: BlobSource | string;
  /** Made here. */
  readonly directory: string;
  /** Called when all is written that can be without the layers below; resolves when they are there. Default: they are. */
  readonly lowersThere?: () => Promise<void>;
}

/**
 * Throws Failed for a bad layer (a wrong diffID is told with both digests), Exhausted at a limit. The directory is then
 * there in part; it is the caller's to delete.
 */
export const unpackLayer = async (
  { diffId, blob, directory, lowersThere }: LayerToUnpack,
  lowers: Lowers,
  limits: LayerLimits,
): Promise<WrittenLayer> => {
  mkdirSync(directory, { mode: 0o755 });
  const writer = new LayerWriter(directory, lowers, limits);
  try {
    const reader = new TarReader(writer);
    const hash = hasherFor(diffId);
    let archived = 0;
    await decompress(typeof blob === "string" ? wholeBlob(blob) : blob, (chunk) => {
      hash.update(chunk);
      reader.write(chunk);
      writer.weigh((archived += chunk.length));
    });
    reader.end();
    const got = `${algorithmOf(diffId)}:${hash.digest("hex")}`;
    if (got !== diffId) throw new Failed(`the image's config promises the content ${diffId}, the layer holds ${got}`);
    await lowersThere?.();
    return writer.finish();
  } finally {
    writer.close();
  }
};
