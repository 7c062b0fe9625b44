/** Extended attributes as bytes. Throws SystemError. */
import { checked, declare, isErrno } from "./libc.ts";
import { cName, type CName } from "./at.ts";

const fsetxattr = declare<(fd: number, name: CName, value: Buffer, size: number, flags: number) => number>(
  "int fsetxattr(int fd, const void *name, const void *value, size_t size, int flags)",
);
const fremovexattr = declare<(fd: number, name: CName) => number>("int fremovexattr(int fd, const void *name)");
const lsetxattr = declare<(path: CName, name: CName, value: Buffer, size: number, flags: number) => number>(
  "int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)",
);
const lgetxattr = declare<(path: CName, name: CName, into: Buffer, size: number) => number>(
  "long lgetxattr(const void *path, const void *name, void *into, size_t size)",
);
const llistxattr = declare<(path: CName, into: Buffer, size: number) => number>(
  "long llistxattr(const void *path, void *into, size_t size)",
);

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel: one buffer is enough for any answer. */
const LARGEST = 65_536;

/** `fd` must not be an O_PATH descriptor. */
export const setXattr = (fd: number, name: string, value: Uint8Array): void => {
  checked(fsetxattr(fd, cName(Buffer.from(name, "latin1")), Buffer.from(value), value.length, 0), "fsetxattr", name);
};

/** `fd` must not be an O_PATH descriptor. */
export const removeXattr = (fd: number, name: string): void => {
  checked(fremovexattr(fd, cName(Buffer.from(name, "latin1"))), "fremovexattr", name);
};

/** Does not follow a symbolic link, and opens nothing: a FIFO's other ends hear nothing of it. */
export const setXattrOf = (path: string, name: string, value: string): void => {
  const bytes = Buffer.from(value);
  checked(lsetxattr(cName(Buffer.from(path)), cName(Buffer.from(name)), bytes, bytes.length, 0), "lsetxattr", path);
};

/** Does not follow a symbolic link; undefined: there is no such attribute, or none on this file system. */
export const getXattr = (path: Uint8Array, name: string): Buffer | undefined => {
  const into = Buffer.alloc(LARGEST);
  try {
    const size = checked(lgetxattr(cName(path), cName(Buffer.from(name, "latin1")), into, LARGEST), "lgetxattr", name);
    return Buffer.from(into.subarray(0, size));
  } catch (error) {
    if (isErrno(error, "ENODATA", "ENOTSUP", "EOPNOTSUPP")) return undefined;
    throw error;
  }
};

/** Names of the attributes, bytes read as latin1. */
export const listXattrs = (path: Uint8Array): readonly string[] => {
  const into = Buffer.alloc(LARGEST);
  const size = checked(llistxattr(cName(path), into, LARGEST), "llistxattr", "attributes");
  return into.toString("latin1", 0, size).split("\0").filter(Boolean);
};
