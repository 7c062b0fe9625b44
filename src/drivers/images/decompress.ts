/** A layer's blob as the bytes of its tar. What it is packed with is told by its first bytes: media types are often wrong. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Failed } from "../../errors.ts";

/** Node's own 16 KiB halve the speed. */
const CHUNK = 256 * 1024;
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Hands every chunk to `take`, to the true end of the blob. Throws Failed for what cannot be decompressed. */
export const decompress = async (blob: string, take: (chunk: Buffer) => void): Promise<void> => {
  const { packing, size } = inspect(blob);
  const source = createReadStream(blob, { highWaterMark: CHUNK });
  let ended = false;
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) take(chunk);
    ended = true;
  };
  if (packing === "none") return pipeline(source, consume);
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
  if (packing === "zstd" && decompressor.bytesWritten < size) throw new Failed(early);
};

const isDecompression = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && /^(Z_|ZSTD_)/.test(String(error.code));

const inspect = (blob: string): { packing: "gzip" | "zstd" | "none"; size: number } => {
  const file = openSync(blob, "r");
  try {
    const start = Buffer.alloc(4);
    const length = readSync(file, start);
    const { size } = fstatSync(file);
    if (length >= 2 && start.subarray(0, 2).equals(gzipMagic)) return { packing: "gzip", size };
    if (length === 4 && (start.equals(zstdMagic) || isSkippableFrame(start))) return { packing: "zstd", size };
    return { packing: "none", size };
  } finally {
    closeSync(file);
  }
};

/** zstd:chunked and others put frames of their own before the data. */
const isSkippableFrame = (start: Buffer): boolean => (start.readUInt32LE(0) & 0xffff_fff0) >>> 0 === 0x184d_2a50;
