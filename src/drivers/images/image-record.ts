/** What the durable store keeps of one image, as JSON under its id. */
import { Failed } from "../../errors.ts";
import type { DiffId, Digest, Image, ImageConfig, ImageId } from "../../vocabulary/index.ts";

/** A layer's directory in the store. Several images share one. */
export interface LayerRecord {
  /** Name of its directory: hex of the diffId, or `chain-` and hex of the chainId where it fits one stack only. */
  readonly key: string;
  readonly bytes: number;
  readonly inodes: number;
  /** Nothing below it may be seen, which the mount has to see to. */
  readonly opaqueRoot: boolean;
}

export interface ImageRecord {
  readonly version: 1;
  readonly id: ImageId;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly config: ImageConfig;
  readonly diffIds: readonly DiffId[];
  /** Bottom first, one for each diffId. */
  readonly layers: readonly LayerRecord[];
  /** Manifests and config. */
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: number }[];
  /**
   * No image any more for anyone who asks: removed, or broken, while containers of this boot may use its layers. It goes
   * with the last holder, or with the boot.
   */
  readonly retired?: { readonly bootId: string; readonly holders: readonly string[] };
}

/** The durable store, as far as images need it. All changes of one `commit` are made, or none; it is on disk then. */
export interface ImageRecords {
  all(): Promise<readonly { readonly key: string; readonly json: string; readonly damaged?: string }[]>;
  /** `json` null: the record goes. */
  commit(changes: readonly { readonly key: string; readonly json: string | null }[]): Promise<void>;
}

/** Throws Failed for what this version did not write. */
export const parseImageRecord = (json: string): ImageRecord => {
  let record: unknown;
  try {
    record = JSON.parse(json);
  } catch (error) {
    throw new Failed("it is no JSON", error);
  }
  if ((record as { version?: unknown } | null)?.version !== 1) throw new Failed("it is of another version than 1");
  return record as ImageRecord;
};

/** Each layer once. */
export const uniqueLayers = (layers: readonly LayerRecord[]): readonly LayerRecord[] => [
  ...new Map(layers.map((layer) => [layer.key, layer])).values(),
];

export const toImage = ({ id, repoTags, repoDigests, config, diffIds, layers, blobs }: ImageRecord): Image => ({
  id,
  repoTags,
  repoDigests,
  config,
  diffIds,
  sizeBytes: [...uniqueLayers(layers), ...blobs].reduce((sum, { bytes }) => sum + bytes, 0),
  pinned: false,
});
