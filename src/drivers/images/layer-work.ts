/** What the steps of unpacking one layer share: its root, the layers below, and the books that are kept meanwhile. */
import { closeSync } from "node:fs";
import { Exhausted, Failed } from "../../errors.ts";
import { cName, setTimesAt, statAt, type FileTime } from "../linux/at.ts";
import { joined, parseLayerPath, type LayerPath } from "./layer-path.ts";
import { LayerRoot } from "./layer-root.ts";
import { LowerLayers, type Lowers } from "./lower-layers.ts";

/** The unit in which the disk is charged. */
export const BLOCK = 4096;

export interface LayerLimits {
  readonly bytes: number;
  readonly inodes: number;
  /** Told what the layer has taken so far, where it shares its limits with others. */
  readonly spent?: (bytes: number, inodes: number) => void;
}

/** Directories and whiteouts are kept in mind to a layer's end: so many bytes of names, with what each costs beside its name. */
const mostRemembered = 64 << 20;
const besideName = 200;
/** Of an archive that becomes no file: headers, padding, what stands behind the end. Beyond, only bombs have more of it. */
const mostForNothing = 1 << 30;
const besideFile = 4096;

export class LayerWork {
  readonly directory: string;
  readonly root: LayerRoot;
  readonly lowers: LowerLayers;
  readonly warnings = new Set<string>();
  /** The layers below had a say in what this one looks like. */
  dependent = false;
  bytes = 0;
  inodes = 0;
  readonly #limits: LayerLimits;
  #remembered = 0;
  /** Paths as latin1: lists of components would take many times as much memory. */
  readonly #times = new Map<string, FileTime>();

  /** `directory` is empty and ours alone; `lowers` are committed, topmost first. */
  constructor(directory: string, lowers: Lowers, limits: LayerLimits) {
    this.directory = directory;
    this.#limits = limits;
    this.lowers = new LowerLayers(lowers);
    this.root = new LayerRoot({
      directory,
      lowers: this.lowers,
      warn: this.warn,
      made: (path, time) => {
        this.dependent = true;
        this.charge(BLOCK);
        if (time) this.timeLater(path, time);
      },
    });
    this.charge(BLOCK);
  }

  /** A layer of a million odd files must not bring a million warnings: 20 different ones are kept. */
  readonly warn = (text: string): void => {
    if (this.warnings.size < 20) this.warnings.add(text);
  };

  /** Counts one file of so many bytes before it is made. Throws Exhausted. */
  charge(bytes: number): void {
    this.inodes += 1;
    this.bytes += Math.ceil(bytes / BLOCK) * BLOCK;
    this.#limits.spent?.(this.bytes, this.inodes);
    if (this.bytes > this.#limits.bytes) {
      throw new Exhausted(
        `the image needs more than the ${this.#limits.bytes} bytes that the image store has to spare`,
      );
    }
    if (this.inodes > this.#limits.inodes) {
      throw new Exhausted(
        `the image needs more than the ${this.#limits.inodes} files that the image store has to spare`,
      );
    }
  }

  /** `archived` bytes of the archive have come, of which files and directories so far were charged. Throws Exhausted. */
  weigh(archived: number): void {
    if (archived > this.bytes + this.inodes * besideFile + mostForNothing) {
      throw new Exhausted(`the layer's archive has more than ${mostForNothing} bytes that are of no file`);
    }
  }

  /** Something with a name as long as that is kept in mind. Throws Exhausted. */
  remember(nameBytes: number): void {
    this.#remembered += nameBytes + besideName;
    if (this.#remembered > mostRemembered) {
      throw new Exhausted(
        `the names of the layer's directories and whiteouts take more than ${mostRemembered} bytes of memory`,
      );
    }
  }

  /** A directory's time is set when nothing more comes into it. */
  timeLater(path: LayerPath, time: FileTime): void {
    const key = joined(path).toString("latin1");
    if (!this.#times.has(key)) this.remember(key.length);
    this.#times.set(key, time);
  }

  setTimes(): void {
    for (const [path, time] of this.#times) this.#setTime(parseLayerPath(Buffer.from(path, "latin1")), time);
  }

  /** The entry may have been replaced since, by something that has its own time. */
  #setTime(path: LayerPath, time: FileTime): void {
    const name = cName(path.at(-1) ?? Buffer.from("."));
    let parent: number | undefined;
    try {
      parent = this.root.find(path.slice(0, -1));
      if (parent !== undefined && statAt(parent, name)?.type === "directory") setTimesAt(parent, name, time);
    } catch (error) {
      // A file may stand where its parent was.
      if (!(error instanceof Failed)) throw error;
    } finally {
      if (parent !== undefined) closeSync(parent);
    }
  }
}
