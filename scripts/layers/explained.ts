/**
 * Which differences from umoci 0.4 are none of ours, each with its reason. What is not listed here is a defect of one of the two,
 * and somebody has to find out of which.
 */
import type { Difference } from "./differences.ts";
import { isBelow, type Stated } from "./stated.ts";
import type { Tree } from "./tree.ts";

export interface Case {
  readonly ours: Tree;
  readonly theirs: Tree;
  readonly stated: Stated;
  /** When it all began, in nanoseconds since 1970: a later time is of no entry. */
  readonly began: bigint;
}

export interface Explanation {
  readonly name: string;
  readonly reason: string;
  readonly fits: (difference: Difference, of: Case) => boolean;
}

const typeOf = (tree: Tree, path: string): string => tree.get(path)?.type ?? "absent";
const namesOf = (tree: Tree, path: string): readonly string[] => JSON.parse(tree.get(path)?.names ?? "[]") as string[];

export const explanations: readonly Explanation[] = [
  {
    name: "a foreign attribute of trusted.*",
    reason: "an image must not steer mounts or the host: overlay's own live there. umoci forbids overlay's alone",
    fits: ({ field, ours }) => field.startsWith("xattr trusted.") && ours === "absent",
  },
  {
    name: "an empty attribute",
    reason:
      "pax: an empty value takes a record back; but GNU tar tells an empty attribute just so. Go's reader drops it",
    fits: ({ field, ours, theirs }) => field.startsWith("xattr user.") && ours === '""' && theirs === "absent",
  },
  {
    name: "a capability of what cannot be executed",
    reason: "capabilities(7): a file capability counts at execve alone",
    fits: ({ field, path, ours }, of) =>
      field === "xattr security.capability" &&
      ours === "absent" &&
      !["file", "directory"].includes(typeOf(of.ours, path)),
  },
  {
    name: "a device 0/0",
    reason:
      "overlay takes one in a lower layer for a whiteout, so none can be shown; what stood under its name is hidden by either",
    fits: ({ field, path, ours }, of) =>
      field === "presence" &&
      ours === "absent" &&
      typeOf(of.theirs, path) === "char" &&
      of.theirs.get(path)?.content === "0",
  },
  {
    name: "a hard link to a file of a layer below",
    reason: "overlay's layers are directories of their own, and no link crosses them: the upper one has a copy",
    fits: ({ field, path }, of) => {
      const [ours, theirs] = [namesOf(of.ours, path), namesOf(of.theirs, path)];
      return field === "names" && ours.length < theirs.length && ours.every((name) => theirs.includes(name));
    },
  },
  {
    name: "what is below a directory that its own layer had as a file before",
    reason:
      "image-spec forbids such layers. The last entry counts, and leaves no trace of the first; umoci has removed what was below",
    fits: ({ field, path, theirs }, of) => {
      const [ours, shared] = [namesOf(of.ours, path), namesOf(of.theirs, path)];
      if (field === "presence") return theirs === "absent" && isBelow(path, of.stated.mended);
      return field === "names" && ours.every((name) => shared.includes(name) || isBelow(name, of.stated.mended));
    },
  },
  {
    name: "links that are counted where they are hidden",
    reason:
      "overlay tells the count of the layer that has the file, names included which layers above have hidden or replaced",
    fits: ({ field, path, ours, theirs }, of) =>
      field === "links" &&
      Number(ours) >= namesOf(of.ours, path).length &&
      Number(theirs) === namesOf(of.theirs, path).length,
  },
  {
    name: "a directory that nothing but an opaque marker names",
    reason:
      "image-spec hides its siblings in lower layers, so it is there; umoci has it, and lets a later whiteout take it",
    fits: ({ field, path, ours, theirs }, of) =>
      field === "presence" &&
      ours === "directory" &&
      theirs === "absent" &&
      [...of.stated.opaque].some((opaque) => opaque === path || opaque.startsWith(`${path}/`)),
  },
  {
    name: "the owner and mode of a directory that no entry names",
    reason:
      "image-spec says nothing; ours is 0755 and root's. umoci's has what mkdir(2) hands down from a directory with setgid",
    fits: ({ field, path, ours }, of) =>
      typeOf(of.ours, path) === "directory" &&
      !of.stated.times.has(path) &&
      ((field === "mode" && ours === "755") || (field === "owner" && ours === "0:0")),
  },
  {
    name: "the looks of a directory that a layer hides, has something in, and does not name",
    reason:
      "image-spec says nothing: ours looks like the one that is hidden; umoci's has its looks if the whiteout comes last",
    fits: ({ field, path }, of) =>
      of.stated.remade.has(path) &&
      !of.stated.times.has(path) &&
      typeOf(of.ours, path) === "directory" &&
      (field === "mode" || field === "owner" || field === "mtime" || field.startsWith("xattr ")),
  },
  {
    name: "the time of a directory that no entry names",
    reason: "image-spec says nothing: it is as old as its unpacking",
    fits: ({ field, path, ours, theirs }, of) =>
      field === "mtime" &&
      typeOf(of.ours, path) === "directory" &&
      !of.stated.times.has(path) &&
      BigInt(ours) >= of.began &&
      (path === "." || BigInt(theirs) >= of.began),
  },
  {
    name: "the time of a directory that umoci changed later",
    reason:
      "umoci sets it at the directory's entry; whiteouts, and parents made below it later, change it. Ours is the entry's",
    fits: ({ field, path, ours, theirs }, of) =>
      field === "mtime" &&
      typeOf(of.ours, path) === "directory" &&
      of.stated.times.get(path) === ours &&
      BigInt(theirs) >= of.began,
  },
  {
    name: "the time of a directory that a link of a later layer leads into",
    reason: "that layer has to have the directory too, and ours keeps the time which the layer below gave it",
    fits: ({ field, path, ours, theirs }, of) =>
      field === "mtime" &&
      typeOf(of.ours, path) === "directory" &&
      !of.stated.times.has(path) &&
      of.stated.anyTimes.has(ours) &&
      BigInt(theirs) >= of.began,
  },
];

/** Of stacks that umoci refuses and we do not: by its words. */
export const refusals: readonly (Omit<Explanation, "fits"> & { readonly words: RegExp })[] = [
  {
    name: "a directory over something else of a layer below",
    reason:
      "image-spec's changes may replace a file by a directory; umoci 0.4 wants an entry for it, newer ones do not",
    words: /mkdir parent: mkdir .*: not a directory$/s,
  },
  {
    name: "a hard link to what a whiteout of the same layer hides",
    reason: "a whiteout hides nothing before its layer is whole (layer.md); umoci carries it out where it stands",
    words: /: link: no such file or directory$/s,
  },
];
