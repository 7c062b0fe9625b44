/**
 * Names in a layer: lists of components, as bytes, relative to the layer's root. The empty list is the root itself.
 * What could lead out of the layer or beyond the kernel's limits is refused here, before anything is touched.
 */
import { cName, type CName } from "../linux/at.ts";
import { malformed, shown } from "./tar-entry.ts";

export type LayerPath = readonly Buffer[];

const SLASH = 0x2f;
const longestComponent = 255;
/** Below PATH_MAX by enough for the store's own prefix, so that what was unpacked can always be removed by path. */
export const longestPath = 3_500;

/** Leading and trailing slashes and `.` count for nothing; `..` is refused, for no honest layer needs it. */
export const parseLayerPath = (name: Buffer): LayerPath => {
  const components = split(name).filter((part) => part.length > 0 && !isDot(part));
  if (name.length > longestPath) throw malformed(`a path of ${name.length} bytes: ${shown(name)}`);
  for (const part of components) {
    if (part.equals(dotDot)) throw malformed(`the name ${shown(name)} holds ".."`);
    if (part.includes(0)) throw malformed(`the name ${shown(name)} holds a NUL`);
    if (part.length > longestComponent) throw malformed(`a name of ${part.length} bytes in ${shown(name)}`);
  }
  return components;
};

/** A symbolic link's target: `..` is for the kernel to resolve. `absolute`: from the layer's root. */
export const parseLinkTarget = (target: Buffer): { absolute: boolean; path: LayerPath } => ({
  absolute: target[0] === SLASH,
  path: split(target).filter((part) => part.length > 0 && !isDot(part)),
});

/** The path as bytes, without a slash at either end. */
export const joined = (path: LayerPath): Buffer => {
  const slash = Buffer.from("/");
  return Buffer.concat(path.flatMap((part, index) => (index === 0 ? [part] : [slash, part])));
};

export const cPath = (path: LayerPath): CName => cName(path.length === 0 ? Buffer.from(".") : joined(path));

const dotDot = Buffer.from("..");
const isDot = (part: Buffer): boolean => part.length === 1 && part[0] === 0x2e;

const split = (name: Buffer): Buffer[] => {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = name.indexOf(SLASH); at >= 0; at = name.indexOf(SLASH, from)) {
    parts.push(name.subarray(from, at));
    from = at + 1;
  }
  parts.push(name.subarray(from));
  return parts;
};
