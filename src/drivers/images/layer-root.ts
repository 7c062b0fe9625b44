/**
 * The directory into which one layer is unpacked, and the only way to its inside: every parent is opened beneath the
 * root (openat2 with RESOLVE_IN_ROOT), so symbolic links of the layer itself work and none leads out.
 */
import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { Failed } from "../../errors.ts";
import { cName, makeDirectoryAt, O_PATH, openAt, openBelow, statAt, type CName, type FileTime } from "../linux/at.ts";
import { isErrno } from "../linux/libc.ts";
import { applyAttributes, attributesOf, plainDirectory, type Attributes, type Warn } from "./layer-attributes.ts";
import { cPath, joined, longestPath, parseLinkTarget, type LayerPath } from "./layer-path.ts";
import { timeOf, type LowerLayers } from "./lower-layers.ts";
import { shown } from "./tar-entry.ts";

const DIRECTORY = O_PATH | constants.O_DIRECTORY;
/** As the kernel: so many links in a row are a loop. */
const mostLinks = 40;

export interface LayerRootOptions {
  readonly directory: string;
  readonly lowers: LowerLayers;
  readonly warn: Warn;
  /** A parent that no entry names was made. */
  readonly made: (path: LayerPath, time: FileTime | undefined) => void;
}

export class LayerRoot {
  readonly fd: number;
  readonly #options: LayerRootOptions;
  /** The root's own path as the kernel tells it. */
  readonly #path: Buffer;
  /** Entries come directory by directory: the last parent is mostly the next one's too. */
  #last: { readonly key: string; readonly fd: number } | undefined;

  constructor(options: LayerRootOptions) {
    this.#options = options;
    this.#path = Buffer.from(realpathSync(options.directory));
    this.fd = openSync(options.directory, DIRECTORY);
  }

  /** The directory, with all that is missing above it. The descriptor (O_PATH) is good until the next call. */
  directory(path: LayerPath): number {
    const key = joined(path).toString("latin1");
    if (this.#last?.key === key) return this.#last.fd;
    const fd = this.find(path) ?? this.#make(path);
    this.#drop();
    this.#last = { key, fd };
    return fd;
  }

  /** As `directory`, for one that is there; undefined: it is not. The caller closes. */
  find(path: LayerPath): number | undefined {
    const name = cPath(path);
    try {
      return openBelow(this.fd, name, DIRECTORY, { symlinks: false });
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      if (!isErrno(error, "ELOOP")) throw refused(error, path);
    }
    try {
      const fd = openBelow(this.fd, name, DIRECTORY, { symlinks: true });
      this.placeOf(fd);
      return fd;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw refused(error, path);
    }
  }

  /** Where a directory of this layer really is, links resolved. */
  placeOf(directory: number): LayerPath {
    const path = readlinkSync(`/proc/self/fd/${directory}`, "buffer").subarray(this.#path.length);
    // Links can nest deeper than any name in the tar: what cannot be named could not be removed either.
    if (path.length > longestPath) throw new Failed(`symbolic links lead ${path.length} bytes deep`);
    return parseLinkTarget(path).path;
  }

  close(): void {
    this.#drop();
    closeSync(this.fd);
  }

  #drop(): void {
    if (this.#last) closeSync(this.#last.fd);
    this.#last = undefined;
  }

  #make(path: LayerPath, linksLeft = mostLinks): number {
    for (let length = 1; length <= path.length; length += 1) {
      const prefix = path.slice(0, length);
      const there = this.find(prefix);
      if (there === undefined) this.#makeLast(prefix, linksLeft);
      else closeSync(there);
    }
    const fd = this.find(path);
    if (fd === undefined) throw new Failed(`the directory ${shown(joined(path))} did not stay`);
    return fd;
  }

  /** Its parent is there. A symbolic link of this layer that dangles gets the directory that it names. */
  #makeLast(path: LayerPath, linksLeft: number): void {
    const above = this.find(path.slice(0, -1));
    const last = path.at(-1);
    if (above === undefined || last === undefined) throw new Failed(`${shown(joined(path))} has no parent`);
    try {
      if (statAt(above, cName(last))?.type !== "symlink") return this.#inherit(above, last);
      if (linksLeft === 0) throw new Failed(`${shown(joined(path))} is a loop of symbolic links`);
      const link = Buffer.concat([Buffer.from(`/proc/self/fd/${above}/`), last]);
      const target = parseLinkTarget(readlinkSync(link, "buffer"));
      closeSync(this.#make(target.absolute ? target.path : [...path.slice(0, -1), ...target.path], linksLeft - 1));
    } finally {
      closeSync(above);
    }
  }

  /** overlay shows the topmost directory's attributes: one that no entry names must look like the one below. */
  #inherit(above: number, last: Buffer): void {
    const name = cName(last);
    makeDirectoryAt(above, name, 0o755);
    const place = [...this.placeOf(above), last];
    const lower = this.#options.lowers.find(place);
    const copied = lower?.stats.isDirectory() === true;
    this.#setAttributes(above, name, copied ? attributesOf(lower) : plainDirectory);
    this.#options.made(place, copied ? timeOf(lower) : undefined);
  }

  #setAttributes(above: number, name: CName, attributes: Attributes): void {
    const fd = openAt(above, name, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      applyAttributes(fd, attributes, this.#options.warn);
    } finally {
      closeSync(fd);
    }
  }
}

const refused = (error: unknown, path: LayerPath): unknown => {
  if (!isErrno(error, "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EXDEV")) return error;
  return new Failed(`${shown(joined(path))} is no directory that this layer can write to`, error);
};
