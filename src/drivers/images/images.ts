/**
 * Images: a registry client, a content store and an unpacker, as the steps that an image pull takes one by one.
 *
 * A pull is known by its `pullId`; what a step leaves for the next one (manifest, blobs, layers on their way) stays in
 * this driver under that id until `discard`.
 */
import type { Image, ImageConfig, ImageId, PullFrom } from "../../vocabulary/index.ts";

export interface PullSource extends PullFrom {
  readonly pullId: string;
  /** As the client wrote it, normalised: `docker.io/library/busybox:latest`, `…@sha256:…`. */
  readonly reference: string;
  /** Told in words, in any step, of what is waited for before a registry is asked again. */
  readonly told?: (text: string) => void;
}

export interface Resolved {
  readonly imageId: ImageId;
  readonly layers: number;
  /** Bytes that are to be fetched: layers that are here already are not counted. */
  readonly bytesToFetch: number;
}

export interface ImageFs {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
  readonly atNs: string;
}

export interface Images {
  /** Reference → manifest for this platform → config; all digests verified. */
  resolve(source: PullSource, signal: AbortSignal): Promise<Resolved>;
  /**
   * Layer blobs that are not here yet, verified by digest and size; their layers are unpacked meanwhile, where a worker is free.
   * `progress` is told the bytes so far.
   */
  fetch(pullId: string, progress: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  /** Resolves when all layers are in their directories: by a worker process, verified by diffID, none outside its directory. */
  unpack(pullId: string, signal: AbortSignal): Promise<void>;
  /** The image and its names into the store, all or nothing; the layer blobs are dropped. */
  commit(pullId: string): Promise<Image>;
  /** Deletes what an unfinished pull has left; after `commit` and for unknown ids it does nothing. */
  discard(pullId: string): Promise<void>;

  /**
   * From memory. By tag, digest, id or unique prefix of an id (3 digits or more). Throws Invalid for what is no reference;
   * so does `remove`.
   */
  find(reference: string): Image | undefined;
  list(): readonly Image[];
  /** Directories of an image's layers, topmost first, no directory twice. */
  layers(id: ImageId): readonly string[];
  config(id: ImageId): ImageConfig | undefined;
  /** By id or tag: all names and the image; layers that no other image or container uses are deleted. */
  remove(reference: string): Promise<void>;
  /** A container uses this image's layers until `release`: its removal then keeps them. */
  hold(id: ImageId, holder: string): void;
  release(holder: string): void;
  usage(): Promise<ImageFs>;
  /**
   * Opens the store: reads the images, deletes what unfinished pulls of an earlier daemon left, but for their blobs: those wait a
   * while for a pull that needs them. `inUse`: images that containers run from, by those containers' records; where one of them is
   * not known, nothing is deleted.
   */
  open(inUse?: readonly ImageId[]): Promise<void>;
  close(): Promise<void>;
}
