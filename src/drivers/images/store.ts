/**
 * The image store on disk, in an OCI layout with unpacked layers beside it:
 *
 *   oci-layout   blobs/sha256/HEX   manifests and configs
 *   layers/KEY                      unpacked, complete, never changed
 *   tmp/NAME                        one pull under way: its blobs, its layers, its worker's lock
 *   left/HEX.part                   fetched for pulls of an earlier daemon
 *   trash/NAME                      to be deleted; what lands here is no longer known to anyone
 */
import { mkdir, open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failedBy } from "../../errors.ts";
import type { Digest } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { algorithmOf, digestOf, hexOf } from "./digest.ts";
import type { LayerLimits } from "./layer-work.ts";
import { LeftBlobs } from "./left-blobs.ts";
import { isLocked } from "./temporary-lock.ts";

export interface StoreOptions {
  readonly directory: string;
  /** A name that was never used before. */
  readonly randomId: () => string;
  /** Told of what goes wrong where nobody waits for it. */
  readonly warn: (text: string) => void;
}

export class ImageStore {
  readonly directory: string;
  readonly left: LeftBlobs;
  readonly #randomId: () => string;
  readonly #warn: (text: string) => void;
  readonly #inTime = new Set<string>();
  #emptying: Promise<void> | undefined;
  #keepsTrash = false;

  constructor({ directory, randomId, warn }: StoreOptions) {
    this.directory = directory;
    this.left = new LeftBlobs(join(directory, "left"));
    this.#warn = warn;
    this.#randomId = randomId;
  }

  layerPath(key: string): string {
    return join(this.directory, "layers", key);
  }

  /** 0700: unpacked layers hold setuid programs that no local user may reach (CVE-2021-41103). */
  async prepare(): Promise<void> {
    for (const name of ["blobs/sha256", "blobs/sha512", "layers", "tmp", "trash"]) {
      await mkdir(join(this.directory, name), { recursive: true, mode: 0o700 });
    }
    await this.left.prepare();
    const [path, layout] = [join(this.directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}'];
    // Not again at each start: on a full disk there would be none.
    if ((await readIfThere(path))?.toString() !== layout) await this.#writeDurably(path, Buffer.from(layout));
  }

  /** A new directory in `tmp`. */
  async temporary(): Promise<string> {
    const directory = join(this.directory, "tmp", this.#randomId());
    await mkdir(directory, { mode: 0o700 });
    return directory;
  }

  /** Throws away what earlier daemons left in `tmp`, but for blobs. Answers what a living worker of theirs still writes to. */
  async sweepTemporaries(): Promise<readonly string[]> {
    const busy: string[] = [];
    for (const entry of await readdir(join(this.directory, "tmp"), { withFileTypes: true })) {
      const path = join(this.directory, "tmp", entry.name);
      if (entry.isDirectory() && isLocked(path)) {
        busy.push(path);
        continue;
      }
      if (entry.isDirectory()) await this.left.keepOf(path);
      await this.discard(path);
    }
    return busy;
  }

  async layerKeys(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(join(this.directory, "layers")));
  }

  async blobs(): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    for (const algorithm of ["sha256", "sha512"]) {
      const names = await readdir(join(this.directory, "blobs", algorithm));
      found.push(...names.map((hex) => `${algorithm}:${hex}` as Digest));
    }
    return found;
  }

  /** Undefined if it is not here, or is not what it should be any more. */
  async readBlob(digest: Digest): Promise<Buffer | undefined> {
    const bytes = await readIfThere(this.#blobPath(digest));
    return bytes && digestOf(bytes, digest) === digest ? bytes : undefined;
  }

  writeBlob({ digest, bytes }: { readonly digest: Digest; readonly bytes: Buffer }): Promise<void> {
    return this.#writeDurably(this.#blobPath(digest), bytes);
  }

  deleteBlob(digest: Digest): Promise<void> {
    return rm(this.#blobPath(digest), { force: true });
  }

  /** Moves a complete, synced layer to its place; what no record knows there makes way. Not durable before `syncLayers`. */
  async placeLayer(from: string, key: string): Promise<void> {
    const path = this.layerPath(key);
    await this.discard(path);
    this.#inTime.delete(path); // what comes now is another one
    await rename(from, path);
  }

  syncLayers(): Promise<void> {
    return syncDirectory(join(this.directory, "layers"));
  }

  /** Out of everybody's sight at once, deleted by the next `emptyTrash`. */
  async discard(path: string): Promise<void> {
    try {
      await rename(path, join(this.directory, "trash", this.#randomId()));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }

  /** As `discard`, for what nobody waits for: where that fails, it is tried again before each `emptyTrash`. */
  async discardInTime(path: string): Promise<void> {
    this.#inTime.add(path);
    try {
      await this.discard(path);
      this.#inTime.delete(path);
    } catch (error) {
      this.#warn(`${path} cannot be thrown away yet: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What is thrown away from now on may still be in use, and is left for a later start to delete. */
  keepTrash(): void {
    this.#keepsTrash = true;
  }

  async emptyTrash(): Promise<void> {
    if (this.#keepsTrash) return;
    while (this.#emptying) await this.#emptying.catch(() => {}); // what came meanwhile may have been missed by it
    this.#emptying = this.#deleteTrash().finally(() => (this.#emptying = undefined));
    return this.#emptying;
  }

  /** What an image may take: all that is free but a twentieth. */
  async spare(): Promise<LayerLimits> {
    const { bavail, bsize, files, ffree } = await statfs(this.directory);
    return {
      bytes: Math.floor(bavail * bsize * 0.95),
      inodes: files === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(ffree * 0.95), // btrfs counts none
    };
  }

  async #deleteTrash(): Promise<void> {
    for (const path of this.#inTime) await this.discardInTime(path);
    const trash = join(this.directory, "trash");
    for (const name of await readdir(trash)) await rm(join(trash, name), { recursive: true, force: true });
  }

  #blobPath(digest: Digest): string {
    return join(this.directory, "blobs", algorithmOf(digest), hexOf(digest));
  }

  async #writeDurably(path: string, bytes: Buffer): Promise<void> {
    const temporary = join(this.directory, "tmp", this.#randomId());
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    } catch (error) {
      await rm(temporary, { force: true });
      throw failedBy(`${path} cannot be written`, error);
    }
  }
}

const readIfThere = async (path: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
};

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } catch (error) {
    throw failedBy(`${path} cannot be synced`, error); // the kernel's word for a sync has no name in it
  } finally {
    await directory.close();
  }
};
