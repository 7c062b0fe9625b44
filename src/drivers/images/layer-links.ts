/** Making one name in a directory of a layer: nothing is written through what is there already. */
import { closeSync, constants, copyFileSync, rmSync } from "node:fs";
import { Failed } from "../../errors.ts";
import { cName, linkAt, openAt, setTimes, statAt, unlinkAt, type CName } from "../linux/at.ts";
import { isErrno } from "../linux/libc.ts";
import { applyAttributes, attributesOf } from "./layer-attributes.ts";
import { parseLayerPath, type LayerPath } from "./layer-path.ts";
import { timeOf } from "./layer-root.ts";
import type { LayerWork } from "./layer-work.ts";
import { shown } from "./tar-entry.ts";

/** Where a name in an open directory is to be found by calls that take paths. */
const procPath = (directory: number, name: CName): Buffer =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name.subarray(0, -1)]);

/** Makes something new; what an earlier entry of the same layer has put there goes. */
export const making = <Made>(directory: number, name: CName, make: () => Made): Made => {
  try {
    return make();
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  if (statAt(directory, name)?.type === "directory") rmSync(procPath(directory, name), { recursive: true });
  else unlinkAt(directory, name, { directory: false });
  return make();
};

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
  if (!lower?.stats.isFile()) throw missing;
  work.dependent = true;
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
