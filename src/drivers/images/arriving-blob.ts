/** A layer's blob, read while it is being downloaded: its bytes as far as they are told to be in the file. */
import { closeSync, openSync, readSync } from "node:fs";
import type { BlobSource } from "./decompress.ts";
import type { BlobCame } from "./unpack-job.ts";

const CHUNK = 256 * 1024;

export class ArrivingBlob implements BlobSource {
  readonly path: string;
  readonly sizeBytes: number;
  #bytes = 0;
  #whole = false;
  #begunAnew = false;
  #change = Promise.withResolvers<void>();

  constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.sizeBytes = sizeBytes;
  }

  /** What was read before may have been something else than what is in the file now. */
  get begunAnew(): boolean {
    return this.#begunAnew;
  }

  came({ bytes, whole }: BlobCame): void {
    this.#begunAnew ||= bytes < this.#bytes;
    this.#bytes = bytes;
    this.#whole ||= whole;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  async whole(): Promise<void> {
    while (!this.#whole) await this.#change.promise;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    while (this.#bytes === 0 && !this.#whole) await this.#change.promise; // before that there may be no file
    const file = openSync(this.path, "r");
    try {
      for (let at = 0; !(this.#whole && at >= this.#bytes);) {
        const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(CHUNK, this.#bytes - at)));
        const length = chunk.length > 0 ? readSync(file, chunk, 0, chunk.length, at) : 0;
        at += length;
        if (length > 0) yield chunk.subarray(0, length);
        else await this.#change.promise;
      }
    } finally {
      closeSync(file);
    }
  }
}
