/**
 * Whiteouts of one layer: `.wh.NAME` hides NAME of the layers below, `.wh..wh..opq` everything below its directory.
 *
 * They never hide what their own layer brings, in whatever order the entries come (image-spec layer.md). So they are
 * only noted while the entries go by, and settled when all of the layer is there.
 */
import { closeSync, constants } from "node:fs";
import { Failed } from "../../errors.ts";
import { cName, makeNodeAt, openAt, statAt } from "../linux/at.ts";
import { setXattr } from "../linux/xattrs.ts";
import { joined, parseLayerPath, type LayerPath } from "./layer-path.ts";
import type { LayerRoot } from "./layer-root.ts";
import { isOpaque, opaqueXattr, type LowerLayers } from "./lower-layers.ts";
import { shown } from "./tar-entry.ts";

const prefix = Buffer.from(".wh.");
const aufs = Buffer.from(".wh..wh.");
const opaque = Buffer.from(".wh..wh..opq");
const S_IFCHR = 0o020000;

const startsWith = (name: Buffer, start: Buffer): boolean => name.subarray(0, start.length).equals(start);

export interface Settled {
  /** Device nodes made. */
  readonly made: number;
  /** Whether another layer stack below could have led to something else. */
  readonly dependent: boolean;
}

export class Whiteouts {
  /** As bytes: a path of a thousand components is as many objects. */
  readonly #noted: Buffer[] = [];

  /** True for a marker, which is no file of its own. Throws Failed for one that could only be meant to harm. */
  take(path: LayerPath, root: LayerRoot): boolean {
    const marked = path.findIndex((part) => startsWith(part, prefix));
    const marker = path[marked];
    if (!marker) return false;
    if (marker.equals(opaque) && marked === path.length - 1) {
      makeOpaque(root.directory(path.slice(0, -1)));
      return true;
    }
    if (startsWith(marker, aufs)) return true; // AUFS's own bookkeeping
    const hidden = marker.subarray(prefix.length);
    if (marked < path.length - 1 || ["", ".", ".."].includes(hidden.toString("latin1"))) {
      throw new Failed(`the whiteout ${shown(joined(path))} names nothing that can be hidden`);
    }
    this.note([...path.slice(0, -1), Buffer.from(hidden)]);
    return true;
  }

  /** `path` itself is to be hidden. */
  note(path: LayerPath): void {
    this.#noted.push(joined(path));
  }

  settle(root: LayerRoot, lowers: LowerLayers): Settled {
    let made = 0;
    let dependent = false;
    // Upper directories first: a whiteout below one that is hidden itself has nothing left to do.
    for (const noted of this.#noted.toSorted((a, b) => a.length - b.length)) {
      const settled = settleOne(parseLayerPath(noted), root, lowers);
      if (settled === "hidden") made += 1;
      if (settled !== "settled here") dependent = true;
    }
    return { made, dependent };
  }
}

const settleOne = (path: LayerPath, root: LayerRoot, lowers: LowerLayers): "hidden" | "absent" | "settled here" => {
  const [above, last] = [path.slice(0, -1), path.at(-1) ?? Buffer.alloc(0)];
  const place = placeIn(above, root);
  if (place === "blocked" || place === "opaque") return "settled here";
  const parent = root.find(above);
  if (parent !== undefined) {
    try {
      const own = statAt(parent, cName(last));
      if (own?.type === "directory") makeOpaque(parent, last);
      if (own) return "settled here";
    } finally {
      closeSync(parent);
    }
  }
  // Over nothing, readdir would show the device itself.
  if (!lowers.find([...place, last])) return "absent";
  makeNodeAt(root.directory(above), cName(last), S_IFCHR, { major: 0, minor: 0 });
  return "hidden";
};

/** A link of this layer that leads to a file or round in circles is in the way too. */
const placeIn = (path: LayerPath, root: LayerRoot): ReturnType<typeof placeBeneath> => {
  try {
    return placeBeneath(path, root);
  } catch (error) {
    if (error instanceof Failed) return "blocked";
    throw error;
  }
};

/**
 * Where a directory is or would be made, links resolved. `blocked`: something of this layer that is no directory stands
 * in the way, a file or a whiteout made before. `opaque`: the layers below are hidden there anyway.
 */
const placeBeneath = (path: LayerPath, root: LayerRoot): LayerPath | "blocked" | "opaque" => {
  let place: LayerPath = [];
  for (const [index, part] of [...path, undefined].entries()) {
    const directory = root.find(path.slice(0, index));
    if (directory === undefined) return [...place, ...path.slice(index - 1)];
    try {
      place = root.placeOf(directory);
      if (isOpaque(Buffer.from(`/proc/self/fd/${directory}/`))) return "opaque";
      const own = part && statAt(directory, cName(part));
      if (own && own.type !== "directory" && own.type !== "symlink") return "blocked";
    } finally {
      closeSync(directory);
    }
  }
  return place;
};

/** `directory` is an O_PATH descriptor, or `name` stands in it. */
const makeOpaque = (directory: number, name: Buffer = Buffer.from(".")): void => {
  const fd = openAt(directory, cName(name), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    setXattr(fd, opaqueXattr, Buffer.from("y"));
  } finally {
    closeSync(fd);
  }
};
