/** Hard links of a layer: to what the layer itself has, or, as a copy, to what one below has. */
import { closeSync, constants, copyFileSync, readlinkSync } from "node:fs";
import { Failed } from "../../errors.ts";
import { cName, linkAt, openAt, deviceOf, setTimes, statAt, type CName } from "../linux/at.ts";
import { applyAttributes, attributesOf } from "./layer-attributes.ts";
import { making, procPath } from "./layer-making.ts";
import { placeNode, type Node } from "./layer-nodes.ts";
import { parseLayerPath, type LayerPath } from "./layer-path.ts";
import type { LayerWork } from "./layer-work.ts";
import { timeOf, type LowerFile } from "./lower-layers.ts";
import { shown } from "./tar-entry.ts";

/** A hard link. Its target is inside the layer's root, and not followed if it is a symbolic link. */
export const placeLink = (work: LayerWork, targetName: Buffer, directory: number, name: CName): void => {
  const target = parseLayerPath(targetName);
  const missing = new Failed(`the target ${shown(targetName)} of the hard link is not there, or is no file`);
  const last = target.at(-1);
  if (last === undefined) throw missing;
  const from = work.root.find(target.slice(0, -1));
  try {
    const own = from === undefined ? undefined : statAt(from, cName(last));
    if (from === undefined || own === undefined) return copyUp(work, target, { directory, name, missing });
    if (own.type === "directory") throw missing;
    making(directory, name, () => linkAt(from, cName(last), directory, name));
  } finally {
    if (from !== undefined) closeSync(from);
  }
};

interface Copy {
  readonly directory: number;
  readonly name: CName;
  readonly missing: Failed;
}

/** The target is in a layer below: a link cannot cross directories of different layers, so this one gets a copy. */
const copyUp = (work: LayerWork, target: LayerPath, { directory, name, missing }: Copy): void => {
  const lower = work.lowers.find(target);
  if (!lower || lower.stats.isDirectory()) throw missing;
  work.dependent = true;
  if (lower.stats.isFile()) return copyFile(work, lower, directory, name);
  work.charge(0);
  placeNode(directory, name, {
    ...attributesOf(lower),
    type: nodeTypeOf(lower, missing),
    target: lower.stats.isSymbolicLink() ? cName(readlinkSync(lower.path, "buffer")) : cName(Buffer.alloc(0)),
    device: deviceOf(lower.stats.rdev),
    mtime: timeOf(lower),
  });
};

const nodeTypeOf = ({ stats }: LowerFile, missing: Failed): Node["type"] => {
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  if (stats.isCharacterDevice()) return "char";
  if (stats.isBlockDevice()) return "block";
  throw missing;
};

const copyFile = (work: LayerWork, lower: LowerFile, directory: number, name: CName): void => {
  work.charge(lower.stats.size);
  const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
  making(directory, name, () => copyFileSync(lower.path, procPath(directory, name), flags));
  const copy = openAt(directory, name, constants.O_RDONLY);
  try {
    applyAttributes(copy, attributesOf(lower), work.warn);
    setTimes(copy, timeOf(lower));
  } finally {
    closeSync(copy);
  }
};
