/** One layer: blob → decompress → digest and tar → directory. The digest is that of every byte, behind the tar's end too. */
import { mkdirSync } from "node:fs";
import { Failed } from "../../errors.ts";
import { algorithmOf, hasherFor } from "./digest.ts";
import { decompress } from "./decompress.ts";
import { LayerWriter, type WrittenLayer } from "./layer-writer.ts";
import type { LayerLimits } from "./layer-work.ts";
import { TarReader } from "./tar-reader.ts";

export interface LayerToUnpack {
  readonly diffId: string;
  /** File with the layer as it came. */
  readonly blob: string;
  /** Made here. */
  readonly directory: string;
}

/**
 * Throws Failed for a bad layer (a wrong diffID is told with both digests), Exhausted at a limit. The directory is then
 * there in part; it is the caller's to delete.
 */
export const unpackLayer = async (
  { diffId, blob, directory }: LayerToUnpack,
  lowers: readonly string[],
  limits: LayerLimits,
): Promise<WrittenLayer> => {
  mkdirSync(directory, { mode: 0o755 });
  const writer = new LayerWriter(directory, lowers, limits);
  try {
    const reader = new TarReader(writer);
    const hash = hasherFor(diffId);
    let archived = 0;
    await decompress(blob, (chunk) => {
      hash.update(chunk);
      reader.write(chunk);
      writer.weigh((archived += chunk.length));
    });
    reader.end();
    const got = `${algorithmOf(diffId)}:${hash.digest("hex")}`;
    if (got !== diffId) throw new Failed(`the image's config promises the content ${diffId}, the layer holds ${got}`);
    return writer.finish();
  } finally {
    writer.close();
  }
};
