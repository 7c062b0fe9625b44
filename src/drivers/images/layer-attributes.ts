/** Owner, extended attributes and mode of something in a layer, in the one order in which the kernel leaves them be. */
import { fchmodSync, fchownSync } from "node:fs";
import { isErrno } from "../linux/libc.ts";
import { getXattr, listXattrs, removeXattr, setXattr } from "../linux/xattrs.ts";
import type { LowerFile } from "./lower-layers.ts";

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** Of a directory of which nobody says more. Set all the same: below one with setgid mkdir(2) takes over its group and that bit. */
export const plainDirectory: Attributes = { mode: 0o755, uid: 0, gid: 0, xattrs: new Map() };

/** Told in words of what was left out, as often as it happens. */
export type Warn = (text: string) => void;

/**
 * Which attributes an image may bring. `trusted.overlay.*` would steer the mount itself (redirect, opaque), SELinux
 * labels come from the mount, IMA and EVM are signed for another machine.
 */
export const mayBring = (name: string): boolean => name.startsWith("user.") || name === "security.capability";

/** `fd` is a file or directory, not O_PATH. */
export const applyAttributes = (fd: number, { mode, uid, gid, xattrs }: Attributes, warn: Warn): void => {
  // chown, even to the same owner, clears setuid and drops security.capability; chmod clears nothing.
  fchownSync(fd, uid, gid);
  for (const [name, value] of xattrs) {
    if (!mayBring(name)) warn(`the extended attribute ${JSON.stringify(name)} was left out`);
    else setOne(fd, name, value, warn);
  }
  fchmodSync(fd, mode);
};

/** Takes away what an image may have brought: overlay's own marks stay. `fd` is a directory. */
export const dropAttributes = (fd: number): void => {
  for (const name of listXattrs(Buffer.from(`/proc/self/fd/${fd}/.`)).filter(mayBring)) removeXattr(fd, name);
};

const setOne = (fd: number, name: string, value: Buffer, warn: Warn): void => {
  try {
    setXattr(fd, name, value);
  } catch (error) {
    if (!isErrno(error, "ENOTSUP", "EOPNOTSUPP")) throw error;
    warn(`the file system takes no extended attribute ${JSON.stringify(name)}`);
  }
};

export const attributesOf = ({ path, stats }: LowerFile): Attributes => {
  const xattrs = new Map<string, Buffer>();
  for (const name of listXattrs(path).filter(mayBring)) {
    const value = getXattr(path, name);
    if (value) xattrs.set(name, value);
  }
  return { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, xattrs };
};
