/** What the steps of unpacking one layer share: its root, the layers below, and the books that are kept meanwhile. */
import { closeSync } from "node:fs";
import { Exhausted, Failed } from "../../errors.ts";
import { cName, setTimesAt, statAt, type FileTime } from "../linux/at.ts";
import { joined, type LayerPath } from "./layer-path.ts";
import { LayerRoot } from "./layer-root.ts";
import { LowerLayers } from "./lower-layers.ts";

/** The unit in which the disk is charged. */
export const BLOCK = 4096;

export interface LayerLimits {
  readonly bytes: number;
  readonly inodes: number;
}

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
  readonly #times = new Map<string, { readonly path: LayerPath; readonly time: FileTime }>();

  /** `directory` is empty and ours alone; `lowers` are committed, topmost first. */
  constructor(directory: string, lowers: readonly string[], limits: LayerLimits) {
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

  /** A directory's time is set when nothing more comes into it. */
  timeLater(path: LayerPath, time: FileTime): void {
    this.#times.set(joined(path).toString("latin1"), { path, time });
  }

  setTimes(): void {
    for (const { path, time } of this.#times.values()) this.#setTime(path, time);
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
