/**
 * Applies the entries of one layer's tar to a directory that overlay can use as a lower one.
 *
 * Each entry: parent (opened beneath the root) → whatever is in the way goes → create, never through a link → data →
 * owner → attributes → mode → times. At the end whiteouts are settled, and then directories get their times.
 */
import { closeSync, constants, ftruncateSync, writeSync } from "node:fs";
import { Exhausted, Failed, TroupeError } from "../../errors.ts";
import { cName, makeDirectoryAt, openAt, setTimes, statAt, type CName } from "../linux/at.ts";
import { isErrno } from "../linux/libc.ts";
import { applyAttributes, attributesOf, dropAttributes, plainDirectory, type Attributes } from "./layer-attributes.ts";
import { placeLink } from "./layer-links.ts";
import { clearing, making } from "./layer-making.ts";
import { placeNode, type Node } from "./layer-nodes.ts";
import { parseLayerPath, type LayerPath } from "./layer-path.ts";
import { Whiteouts } from "./layer-whiteouts.ts";
import { BLOCK, LayerWork, type LayerLimits } from "./layer-work.ts";
import { isOpaque, type Lowers } from "./lower-layers.ts";
import { shown, type TarEntry, type TarSink } from "./tar-entry.ts";

export interface WrittenLayer {
  /** On the disk, in blocks of 4 KiB. */
  readonly bytes: number;
  readonly inodes: number;
  /** The layers below had a say in it: it fits these alone. */
  readonly dependent: boolean;
  /** Its root is opaque, which overlay itself would not see: the layers below must be left out of the mount. */
  readonly opaqueRoot: boolean;
  /** What was left out, at most 20 different texts. */
  readonly warnings: readonly string[];
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
const dot = cName(Buffer.from("."));

export class LayerWriter implements TarSink {
  readonly #work: LayerWork;
  readonly #whiteouts = new Whiteouts();
  #entry: TarEntry | undefined;
  /** The file that takes data now. */
  #file: number | undefined;
  /** Where in it. */
  #position = 0;
  /** It ends in a hole, which no write has made it as long as. */
  #short = false;
  #rootSeen = false;

  /** `directory` is empty and ours alone; `lowers` are committed, topmost first. */
  constructor(directory: string, lowers: Lowers, limits: LayerLimits) {
    this.#work = new LayerWork(directory, lowers, limits);
  }

  entry(entry: TarEntry): void {
    this.#entry = entry;
    this.#named(() => {
      const path = parseLayerPath(entry.path);
      const name = path.at(-1);
      if (name === undefined) this.#setRoot(entry);
      else if (this.#whiteouts.take(path, this.#work.root)) this.#work.remember(entry.path.length);
      else this.#place(entry, path, cName(name));
    });
  }

  /** So many bytes of the archive have been seen. Throws Exhausted where too few of them are of files. */
  weigh(archived: number): void {
    this.#work.weigh(archived);
  }

  data(bytes: Buffer): void {
    const file = this.#file;
    if (file === undefined) return; // of a whiteout: without meaning
    this.#named(() => {
      for (let at = 0; at < bytes.length;) {
        const written = writeSync(file, bytes, at, bytes.length - at, this.#position);
        at += written;
        this.#position += written;
      }
      this.#short = false;
    });
  }

  hole(size: number): void {
    this.#position += size;
    this.#short = true;
  }

  endOfEntry(): void {
    const [file, entry] = [this.#file, this.#entry];
    if (file === undefined || entry === undefined) return;
    this.#named(() => {
      if (this.#short) ftruncateSync(file, this.#position);
      applyAttributes(file, entry, this.#work.warn);
      setTimes(file, entry.mtime);
    });
    this.#closeFile();
  }

  /** What can only be done when all entries are there. */
  finish(): WrittenLayer {
    const work = this.#work;
    const { made, dependent } = this.#whiteouts.settle(work.root, work.lowers);
    if (!this.#rootSeen) this.#inheritRoot();
    work.setTimes();
    return {
      bytes: work.bytes,
      inodes: work.inodes + made,
      dependent: work.dependent || dependent,
      opaqueRoot: isOpaque(Buffer.from(work.directory)),
      warnings: [...work.warnings],
    };
  }

  close(): void {
    this.#closeFile();
    this.#work.root.close();
  }

  #place(entry: TarEntry, path: LayerPath, name: CName): void {
    const parent = this.#work.root.directory(path.slice(0, -1));
    switch (entry.type) {
      case "file":
        this.#work.charge(entry.stored);
        this.#file = making(parent, name, () => openAt(parent, name, NEW_FILE, 0o600));
        this.#position = 0;
        this.#short = false;
        return;
      case "directory":
        return this.#placeDirectory(entry, path, parent, name);
      case "hardlink":
        return placeLink(this.#work, entry.linkPath, parent, name);
      case "symlink":
      case "fifo":
      case "char":
      case "block":
        return this.#placeNode({ ...entry, type: entry.type }, path, parent, name);
    }
  }

  #placeDirectory(entry: TarEntry, path: LayerPath, parent: number, name: CName): void {
    const there = statAt(parent, name)?.type === "directory";
    if (!there) {
      this.#work.charge(BLOCK);
      making(parent, name, () => makeDirectoryAt(parent, name, 0o700));
    }
    const directory = openAt(parent, name, DIRECTORY);
    // An earlier entry made it, or one below it did, with the looks of a layer below: none of that is this entry's.
    if (there) dropAttributes(directory);
    this.#setDirectory(directory, entry);
    // Where it really is: links on the way may lead elsewhere until then.
    this.#work.timeLater([...this.#work.root.placeOf(parent), path.at(-1) ?? Buffer.alloc(0)], entry.mtime);
  }

  #placeNode(entry: TarEntry & { readonly type: Node["type"] }, path: LayerPath, parent: number, name: CName): void {
    const { major, minor } = entry.device;
    if (entry.type === "char" && major === 0 && minor === 0) {
      // Overlay takes it for a whiteout; so it is one, and is made only where there is something to hide.
      this.#work.warn("a character device 0/0 was left out: overlay would take it for a whiteout");
      clearing(parent, name);
      this.#work.remember(entry.path.length);
      return this.#whiteouts.note(path);
    }
    this.#work.charge(0);
    placeNode(parent, name, { ...entry, target: cName(entry.linkPath) });
    if (entry.xattrs.size > 0) this.#work.warn(`extended attributes of a ${entry.type} were left out`);
  }

  #setRoot(entry: TarEntry): void {
    if (entry.type !== "directory") throw new Failed(`the layer's root is a ${entry.type}`);
    const root = openAt(this.#work.root.fd, dot, DIRECTORY);
    if (this.#rootSeen) dropAttributes(root);
    this.#rootSeen = true;
    this.#setDirectory(root, entry);
    this.#work.timeLater([], entry.mtime);
  }

  /** A root that no entry names looks like the one below, as any directory does. */
  #inheritRoot(): void {
    const lower = this.#work.lowers.find([]);
    const attributes = lower ? attributesOf(lower) : plainDirectory;
    this.#setDirectory(openAt(this.#work.root.fd, dot, DIRECTORY), attributes);
    const { mode, uid, gid, xattrs } = attributes;
    if (mode !== 0o755 || uid !== 0 || gid !== 0 || xattrs.size > 0) this.#work.dependent = true;
  }

  #setDirectory(directory: number, attributes: Attributes): void {
    try {
      applyAttributes(directory, attributes, this.#work.warn);
    } finally {
      closeSync(directory);
    }
  }

  #closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Whatever goes wrong is told with the entry's name. */
  #named(step: () => void): void {
    try {
      step();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const named = `entry ${shown(this.#entry?.path ?? Buffer.alloc(0))}: ${text}`;
      if (isErrno(error, "ENOSPC", "EDQUOT")) throw new Exhausted(named);
      throw error instanceof TroupeError ? new TroupeError(error.code, named, error) : new Failed(named, error);
    }
  }
}
