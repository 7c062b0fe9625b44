/** A layer's blob as the bytes of its tar. What it is packed with is told by its first bytes: media types are often wrong. */
import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Failed } from "../../errors.ts";

/** Node's own 16 KiB halve the speed. */
const CHUNK = 256 * 1024;
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** A blob that may still be on its way. */
export interface BlobSource {
  /** All of it. */
  readonly sizeBytes: number;
  /** From the first byte; ends with the last. */
  chunks(): AsyncIterable<Buffer>;
}

/** A blob that is all there. */
export const wholeBlob = (path: string): BlobSource => ({
  sizeBytes: statSync(path).size,
  chunks: () => createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>,
});

/** Hands every chunk to `take`, to the true end of the blob. Throws Failed for what cannot be decompressed. */
export const decompress = async (blob: BlobSource, take: (chunk: Buffer) => void): Promise<void> => {
  const chunks = blob.chunks()[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < zstdMagic.length) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  const packing = packingOf(start);
  if (packing === "none") {
    for await (const chunk of all()) take(chunk);
    return;
  }
  let ended = false;
  const consume = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of unpacked) take(chunk);
    ended = true;
  };
  const source = Readable.from(all(), { objectMode: false, highWaterMark: CHUNK });
  const decompressor = (packing === "gzip" ? createGunzip : createZstdDecompress)({ chunkSize: CHUNK });
  // Node's gunzip refuses what is no further member; its zstd decoder just stops there, early enough to leave the source
  // unread, or with bytes that it took and did not use.
  const early = `its ${packing} stream ends before the blob does`;
  try {
    await pipeline(source, decompressor, consume);
  } catch (error) {
    if (ended) throw new Failed(early, error);
    throw isDecompression(error) ? new Failed(`its ${packing} stream is broken: ${error.message}`, error) : error;
  }
  if (packing === "zstd" && decompressor.bytesWritten < blob.sizeBytes) throw new Failed(early);
};

const isDecompression = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && /^(Z_|ZSTD_)/.test(String(error.code));

const packingOf = (start: Buffer): "gzip" | "zstd" | "none" => {
  if (start.length >= 2 && start.subarray(0, 2).equals(gzipMagic)) return "gzip";
  const magic = start.subarray(0, 4);
  return magic.length === 4 && (magic.equals(zstdMagic) || isSkippableFrame(magic)) ? "zstd" : "none";
};

/** zstd:chunked and others put frames of their own before the data. */
const isSkippableFrame = (start: Buffer): boolean => (start.readUInt32LE(0) & 0xffff_fff0) >>> 0 === 0x184d_2a50;
