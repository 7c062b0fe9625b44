/**
 * Blobs that pulls of an earlier daemon have fetched, whole or in part: `left/HEX.part`. The next pull that needs one takes it
 * over; what nobody has come for within the bound is deleted. Nothing is believed of them: whoever takes one hashes it anew.
 */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { hexOf } from "./digest.ts";

/** What a blob is called while it is not known to be whole and right. */
export const partName = (digest: Digest): string => `${hexOf(digest)}.part`;

export class LeftBlobs {
  readonly #directory: string;

  /** `directory` is beside the pulls' own, on the same file system. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Keeps the blobs of a pull's directory, of which nobody is left. */
  async keepOf(temporary: string): Promise<void> {
    const names = (await readdir(temporary)).filter((name) => /^[0-9a-f]+\.part$/.test(name));
    for (const name of names) await rename(join(temporary, name), join(this.#directory, name));
  }

  /** Moves one to where its pull wants it; false: there is none. */
  async take(digest: Digest, to: string): Promise<boolean> {
    try {
      await rename(join(this.#directory, partName(digest)), to);
      return true;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  /** Deletes what nothing has been added to since that moment, in milliseconds since 1970. */
  async sweep(since: number): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      if ((await stat(path)).mtimeMs < since) await rm(path, { force: true });
    }
  }
}
