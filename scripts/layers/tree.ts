/** All that a directory holds, as a program in a container would see it. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { typesByMode } from "../../src/drivers/linux/at.ts";
import { getXattr, listXattrs } from "../../src/drivers/linux/xattrs.ts";

/** Of one inode, each as text: fields are compared one by one. */
export interface Inode {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  /** Nanoseconds since 1970. */
  readonly mtime: string;
  /** A file's bytes as latin1, a link's target, a device's numbers. */
  readonly content: string;
  /** Name → value as latin1, as JSON. */
  readonly xattrs: string;
  /** Of files: all names here that are this file, in order. */
  readonly names: string;
  /** Of files. */
  readonly links: string;
}

/** Path, as latin1 → inode; the root's own path is ".". */
export type Tree = ReadonlyMap<string, Inode>;

export const treeOf = (directory: string): Tree => {
  const tree = new Map<string, Inode & { readonly number: string }>();
  walk(Buffer.from(directory), ".", tree);
  const names = new Map<string, string[]>();
  for (const [path, { type, number }] of tree) {
    if (type !== "directory") names.set(number, [...(names.get(number) ?? []), path].toSorted());
  }
  return new Map(
    [...tree].map(([path, { number, ...inode }]) => [
      path,
      { ...inode, names: JSON.stringify(names.get(number) ?? []) },
    ]),
  );
};

const walk = (directory: Buffer, path: string, into: Map<string, Inode & { readonly number: string }>): void => {
  const inode = inodeOf(directory);
  into.set(path, inode);
  if (inode.type !== "directory") return;
  for (const name of readdirSync(directory, { encoding: "buffer" })) {
    walk(Buffer.concat([directory, Buffer.from("/"), name]), `${path}/${name.toString("latin1")}`, into);
  }
};

const inodeOf = (path: Buffer): Inode & { readonly number: string } => {
  const { mode, uid, gid, mtimeNs, nlink, ino, rdev } = lstatSync(path, { bigint: true });
  const type = typesByMode.get(Number(mode) & 0o170000) ?? "other";
  const content = {
    file: () => readFileSync(path, "latin1"),
    symlink: () => readlinkSync(path, "buffer").toString("latin1"),
    char: () => String(rdev),
    block: () => String(rdev),
  };
  const xattrs = listXattrs(path).map((name) => [name, getXattr(path, name)?.toString("latin1") ?? ""] as const);
  return {
    type,
    mode: (Number(mode) & 0o7777).toString(8),
    owner: `${uid}:${gid}`,
    mtime: String(mtimeNs),
    content: type in content ? content[type as keyof typeof content]() : "",
    xattrs: JSON.stringify(Object.fromEntries(xattrs.toSorted(([one], [other]) => (one < other ? -1 : 1)))),
    names: "",
    // Directories' links are the file system's own affair: overlay counts none of them.
    links: type === "directory" ? "" : String(nlink),
    number: String(ino),
  };
};
