/** One layer blob into a file, hashed as it comes. What breaks off is taken up again where it stopped. */
import { open, type FileHandle } from "node:fs/promises";
import type { Hash } from "node:crypto";
import { Cancelled, Failed, failedBy, TroupeError } from "../../errors.ts";
import type { LayerDescriptor } from "../../vocabulary/index.ts";
import { algorithmOf, hasherFor } from "./digest.ts";
import { discard, type HttpAnswer } from "./http.ts";
import { headerOf, type Registry } from "./registry.ts";
import { requestFailure } from "./registry-failures.ts";

/** So much more than last time counts as progress, and earns another try. */
const progressBytes = 1 << 20;
/** Of a file that is hashed in one go. */
const pieceBytes = 256 << 10;

export interface BlobDownload {
  readonly registry: Registry;
  readonly layer: LayerDescriptor;
  readonly file: string;
  /** The file is there, of an earlier daemon: it goes on, as long as what is in it proves to be right. */
  readonly begun?: boolean;
  /** Told how many bytes more have come; negative where they count no more. */
  readonly progress: (bytes: number) => void;
}

interface Partial {
  readonly file: FileHandle;
  readonly path: string;
  hash: Hash;
  size: number;
}

/**
 * The file holds exactly the bytes that the descriptor promises, or Failed names both sizes or both digests. What broke
 * off is tried once more, and again after each further MiB.
 */
export const downloadBlob = async (download: BlobDownload, signal: AbortSignal): Promise<void> => {
  const { layer, begun = false } = download;
  const file = await open(download.file, begun ? "r+" : "w", 0o600);
  try {
    const partial: Partial = { file, path: download.file, hash: hasherFor(layer.digest), size: 0 };
    if (begun) await readBegun(download, partial, signal);
    const found = partial.size;
    if (found === 0 || found < layer.sizeBytes) await complete(download, partial, signal);
    let got = digestIn(partial, layer);
    if (got !== layer.digest && found > 0) {
      await beginAnew(download, partial);
      await complete(download, partial, signal);
      got = digestIn(partial, layer);
    }
    if (got !== layer.digest) throw new Failed(`the blob ${layer.digest} was asked for, and what came is ${got}`);
  } finally {
    await file.close();
  }
};

const digestIn = ({ hash }: Partial, { digest }: LayerDescriptor): string =>
  `${algorithmOf(digest)}:${hash.digest("hex")}`;

const complete = async (download: BlobDownload, partial: Partial, signal: AbortSignal): Promise<void> => {
  for (let failures = 0; ;) {
    const before = partial.size;
    const broken = await attempt(download, partial, signal);
    if (!broken) return;
    failures = partial.size >= before + progressBytes ? 1 : failures + 1;
    if (failures > 1) throw broken;
  }
};

/** Hashes what is in the file already; more than there should be is taken for nothing. */
const readBegun = async ({ layer, progress }: BlobDownload, partial: Partial, signal: AbortSignal): Promise<void> => {
  const { file } = partial;
  if ((await file.stat()).size > layer.sizeBytes) return file.truncate(0);
  const piece = Buffer.allocUnsafe(pieceBytes);
  for (;;) {
    if (signal.aborted) throw new Cancelled("reading what was fetched before was called off");
    const { bytesRead } = await file.read(piece, 0, piece.length, partial.size);
    if (bytesRead === 0) return;
    partial.hash.update(piece.subarray(0, bytesRead));
    partial.size += bytesRead;
    progress(bytesRead);
  }
};

const beginAnew = async ({ layer, progress }: BlobDownload, partial: Partial): Promise<void> => {
  progress(-partial.size);
  await partial.file.truncate(0);
  Object.assign(partial, { size: 0, hash: hasherFor(layer.digest) });
};

/** From where the last one stopped. Returns what may be tried again; throws the rest. */
const attempt = async (
  download: BlobDownload,
  partial: Partial,
  signal: AbortSignal,
): Promise<TroupeError | undefined> => {
  const { registry, layer, progress } = download;
  let answer: HttpAnswer;
  try {
    answer = await registry.blob(layer.digest, partial.size, signal);
  } catch (error) {
    if (error instanceof TroupeError && error.code === "Unavailable") return error;
    throw error;
  }
  if (!continues(answer, partial.size, layer.sizeBytes)) await beginAnew(download, partial);
  if (answer.status === 416) {
    await discard(answer);
    return cutShort(layer, 0);
  }
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (partial.size + chunk.length > layer.sizeBytes) {
        throw new Failed(`the blob ${layer.digest} is larger than the ${layer.sizeBytes} bytes that the manifest says`);
      }
      await append(partial, chunk);
      progress(chunk.length);
    }
  } catch (error) {
    if (error instanceof TroupeError || signal.aborted) throw requestFailure(error, answer.host, signal);
    return cutShort(layer, partial.size, error);
  }
  return partial.size === layer.sizeBytes ? undefined : cutShort(layer, partial.size);
};

/** A 200 begins anew, and so must we; a 206 has to be exactly the rest that was asked for. */
const continues = (answer: HttpAnswer, offset: number, size: number): boolean => {
  if (offset === 0) return true;
  if (answer.status !== 206) return false;
  const range = headerOf(answer, "content-range");
  if (range === `bytes ${offset}-${size - 1}/${size}`) return true;
  answer.body.destroy();
  throw new Failed(`${answer.host} was asked for a blob from byte ${offset} on, and answers ${JSON.stringify(range)}`);
};

const append = async (partial: Partial, chunk: Buffer): Promise<void> => {
  try {
    for (let at = 0; at < chunk.length;) {
      at += (await partial.file.write(chunk, at, chunk.length - at, partial.size + at)).bytesWritten;
    }
  } catch (error) {
    throw failedBy(`a layer's blob cannot be written to ${partial.path}`, error);
  }
  partial.hash.update(chunk);
  partial.size += chunk.length;
};

const cutShort = ({ digest, sizeBytes }: LayerDescriptor, size: number, cause?: unknown): Failed =>
  new Failed(`the blob ${digest} broke off after ${size} of ${sizeBytes} bytes`, cause);
