/**
 * The layers below the one that is being unpacked, seen as overlay will show them: merged, with whiteouts and opaque
 * directories applied. They are committed and change no more, so plain paths are safe as long as each step is looked at.
 */
import { lstatSync, type Stats } from "node:fs";
import type { FileTime } from "../linux/at.ts";
import { getXattr } from "../linux/xattrs.ts";
import type { LayerPath } from "./layer-path.ts";

export interface LowerFile {
  /** On the host. */
  readonly path: Buffer;
  readonly stats: Stats;
}

/** Directories, topmost first; or who knows them, and throws while they are not complete. */
export type Lowers = readonly string[] | (() => readonly string[]);

export class LowerLayers {
  readonly #lowers: Lowers;
  #known: readonly Buffer[] | undefined;

  constructor(lowers: Lowers) {
    this.#lowers = lowers;
  }

  get #directories(): readonly Buffer[] {
    const directories = (): readonly string[] => (typeof this.#lowers === "function" ? this.#lowers() : this.#lowers);
    return (this.#known ??= directories().map((directory) => Buffer.from(directory)));
  }

  /** What stands under a path, or undefined; symbolic links are not followed. */
  find(path: LayerPath): LowerFile | undefined {
    for (const directory of this.#directories) {
      const found = findInOne(directory, path);
      if (found === "hidden") return undefined;
      if (found !== "elsewhere") return found;
    }
    return undefined;
  }
}

/** When it was changed; Stats themselves are too short for its nanoseconds. */
export const timeOf = ({ path }: LowerFile): FileTime => {
  const { mtimeNs } = lstatSync(path, { bigint: true });
  // Nanoseconds count upwards, before 1970 too.
  const nanoseconds = ((mtimeNs % BILLION) + BILLION) % BILLION;
  return { seconds: Number((mtimeNs - nanoseconds) / BILLION), nanoseconds: Number(nanoseconds) };
};
const BILLION = 1_000_000_000n;

/** `elsewhere`: this layer says nothing about the path. `hidden`: it says that nothing below may be seen. */
const findInOne = (directory: Buffer, path: LayerPath): LowerFile | "hidden" | "elsewhere" => {
  const passed: Buffer[] = [];
  let at: LowerFile = { path: directory, stats: lstatSync(directory) };
  for (const part of path) {
    if (!at.stats.isDirectory()) return "hidden";
    passed.push(at.path);
    const next = Buffer.concat([at.path, Buffer.from("/"), part]);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats) return passed.some(isOpaque) ? "hidden" : "elsewhere";
    if (stats.isCharacterDevice() && stats.rdev === 0) return "hidden";
    at = { path: next, stats };
  }
  return at;
};

/** A directory that hides those of the layers below. */
export const isOpaque = (directory: Buffer): boolean => getXattr(directory, opaqueXattr)?.[0] === 0x79;

export const opaqueXattr = "trusted.overlay.opaque";
