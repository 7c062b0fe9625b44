/** Symbolic links, FIFOs and device nodes of a layer: what is neither a file nor a directory, and takes no attributes of an image. */
import { chmodSync, closeSync } from "node:fs";
import {
  chownAt,
  makeNodeAt,
  makeSymlinkAt,
  O_PATH,
  openAt,
  setTimesAt,
  type CName,
  type FileTime,
} from "../linux/at.ts";
import { making } from "./layer-making.ts";

export interface Node {
  readonly type: "symlink" | "fifo" | "char" | "block";
  /** Of a symbolic link: what it says. */
  readonly target: CName;
  readonly device: { readonly major: number; readonly minor: number };
  /** Permission bits; a symbolic link has none. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: FileTime;
}

const types = { fifo: 0o010000, char: 0o020000, block: 0o060000 } as const;

/** What stands there under the name goes. */
export const placeNode = (directory: number, name: CName, node: Node): void => {
  const { type, target, device, mode, uid, gid, mtime } = node;
  making(directory, name, () =>
    type === "symlink"
      ? makeSymlinkAt(target, directory, name)
      : makeNodeAt(directory, name, types[type] | 0o600, device),
  );
  chownAt(directory, name, uid, gid);
  // chown has cleared setuid and setgid, and a mode given to mknod would be without them.
  if (type !== "symlink") setMode(directory, name, mode);
  setTimesAt(directory, name, mtime);
};

/** By a descriptor: chmod would follow a link, and a FIFO or a device must not be opened. */
const setMode = (directory: number, name: CName, mode: number): void => {
  const fd = openAt(directory, name, O_PATH);
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
};
