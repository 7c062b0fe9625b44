/**
 * The `…at` family: work on one name inside a directory that is held open, so that nobody can swap a parent meanwhile.
 *
 * Names are bytes, for a tar's need not be UTF-8, and end in NUL (`cName`). No call here follows a symbolic link in
 * its last component, and each throws SystemError.
 */
import { checked, declare, isErrno } from "./libc.ts";

export const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const O_NOFOLLOW = 0o400000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;
const S_IFMT = 0o170000;
/** The same number on every architecture. */
const SYS_openat2 = 437;
/** A rename or mount anywhere on the host makes the kernel give up a `..` with EAGAIN: then it is simply asked again. */
const ATTEMPTS = 128;

export type CName = Buffer;

const syscall = declare<(number: number, dir: number, path: CName, how: Buffer, size: number) => number>(
  "long syscall(long number, long dir, const void *path, void *how, size_t size)",
);
const openat = declare<(dir: number, name: CName, flags: number, mode: number) => number>(
  "int openat(int dir, const void *name, int flags, unsigned int mode)",
);
const mkdirat = declare<(dir: number, name: CName, mode: number) => number>(
  "int mkdirat(int dir, const void *name, unsigned int mode)",
);
const mknodat = declare<(dir: number, name: CName, mode: number, device: bigint) => number>(
  "int mknodat(int dir, const void *name, unsigned int mode, unsigned long device)",
);
const symlinkat = declare<(target: CName, dir: number, name: CName) => number>(
  "int symlinkat(const void *target, int dir, const void *name)",
);
const linkat = declare<(fromDir: number, from: CName, dir: number, name: CName, flags: number) => number>(
  "int linkat(int fromDir, const void *from, int dir, const void *name, int flags)",
);
const unlinkat = declare<(dir: number, name: CName, flags: number) => number>(
  "int unlinkat(int dir, const void *name, int flags)",
);
const fchownat = declare<(dir: number, name: CName, uid: number, gid: number, flags: number) => number>(
  "int fchownat(int dir, const void *name, unsigned int uid, unsigned int gid, int flags)",
);
const utimensat = declare<(dir: number, name: CName, times: Buffer, flags: number) => number>(
  "int utimensat(int dir, const void *name, const void *times, int flags)",
);
const futimens = declare<(fd: number, times: Buffer) => number>("int futimens(int fd, const void *times)");
const statx = declare<(dir: number, name: CName, flags: number, mask: number, into: Buffer) => number>(
  "int statx(int dir, const void *name, int flags, unsigned int mask, void *into)",
);
const syncfs = declare<(fd: number) => number>("int syncfs(int fd)");

/** Bytes of a name or path as libc takes them. */
export const cName = (bytes: Uint8Array): CName => {
  const name = Buffer.alloc(bytes.length + 1);
  name.set(bytes);
  return name;
};

const answered = (result: number, call: string, name: CName): number =>
  result >= 0 ? result : checked(result, call, JSON.stringify(name.toString("utf8", 0, name.length - 1)));

/** Opens one name; `flags` as for open(2). The caller closes. */
export const openAt = (dir: number, name: CName, flags: number, mode = 0): number =>
  answered(openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, mode), "openat", name);

/**
 * Opens a path as a process would whose root is the directory `root`: links and `..` end there, mounts below it are
 * refused. With `symlinks: false` any symbolic link on the way is ELOOP. The caller closes.
 */
export const openBelow = (root: number, path: CName, flags: number, { symlinks }: { symlinks: boolean }): number => {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | (symlinks ? 0 : RESOLVE_NO_SYMLINKS);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return answered(syscall(SYS_openat2, root, path, how, how.length), "openat2", path);
    } catch (error) {
      if (!isErrno(error, "EAGAIN") || attempt === ATTEMPTS) throw error;
    }
  }
};

export const makeDirectoryAt = (dir: number, name: CName, mode: number): void => {
  answered(mkdirat(dir, name, mode), "mkdirat", name);
};

/** `mode` with its file type; the device number as makedev(3) packs it. */
export const makeNodeAt = (dir: number, name: CName, mode: number, device: { major: number; minor: number }): void => {
  const { major, minor } = { major: BigInt(device.major), minor: BigInt(device.minor) };
  const packed = ((major & ~0xfffn) << 32n) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | (minor & 0xffn);
  answered(mknodat(dir, name, mode, packed), "mknodat", name);
};

/** What stat(2) tells as one number. */
export const deviceOf = (packed: number): { readonly major: number; readonly minor: number } => {
  const bits = BigInt(packed);
  const major = ((bits >> 32n) & ~0xfffn) | ((bits >> 8n) & 0xfffn);
  const minor = ((bits >> 12n) & ~0xffn) | (bits & 0xffn);
  return { major: Number(major & 0xffff_ffffn), minor: Number(minor & 0xffff_ffffn) };
};

export const makeSymlinkAt = (target: CName, dir: number, name: CName): void => {
  answered(symlinkat(target, dir, name), "symlinkat", name);
};

/** A second name for the file itself; a symbolic link is linked, not followed. */
export const linkAt = (fromDir: number, from: CName, dir: number, name: CName): void => {
  answered(linkat(fromDir, from, dir, name, 0), "linkat", name);
};

export const unlinkAt = (dir: number, name: CName, { directory }: { directory: boolean }): void => {
  answered(unlinkat(dir, name, directory ? AT_REMOVEDIR : 0), "unlinkat", name);
};

export const chownAt = (dir: number, name: CName, uid: number, gid: number): void => {
  answered(fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW), "fchownat", name);
};

const timesBuffer = Buffer.alloc(32);
const bothTimes = ({ seconds, nanoseconds }: FileTime): Buffer => {
  for (const at of [0, 16]) {
    timesBuffer.writeBigInt64LE(BigInt(seconds), at);
    timesBuffer.writeBigInt64LE(BigInt(nanoseconds), at + 8);
  }
  return timesBuffer;
};

/** Since 1970; `seconds` may be negative, `nanoseconds` not. */
export interface FileTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Sets the time of change and of access. */
export const setTimesAt = (dir: number, name: CName, time: FileTime): void => {
  answered(utimensat(dir, name, bothTimes(time), AT_SYMLINK_NOFOLLOW), "utimensat", name);
};

/** As `setTimesAt`, of an open file. */
export const setTimes = (fd: number, time: FileTime): void => {
  checked(futimens(fd, bothTimes(time)), "futimens", `descriptor ${fd}`);
};

export interface StatAt {
  readonly type: "file" | "directory" | "symlink" | "char" | "block" | "fifo" | "socket";
  readonly device: { readonly major: number; readonly minor: number };
}
/** By the upper bits of a mode (inode(7)). */
export const typesByMode: ReadonlyMap<number, StatAt["type"]> = new Map<number, StatAt["type"]>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o020000, "char"],
  [0o060000, "block"],
  [0o010000, "fifo"],
]);

/** What stands under a name, or undefined for nothing. statx, for its layout is the same on every architecture. */
export const statAt = (dir: number, name: CName): StatAt | undefined => {
  const STATX_TYPE = 0x1;
  const into = Buffer.alloc(256);
  try {
    answered(statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, into), "statx", name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  return {
    type: typesByMode.get(into.readUInt16LE(28) & S_IFMT) ?? "socket",
    device: { major: into.readUInt32LE(128), minor: into.readUInt32LE(132) },
  };
};

/** Writes everything of the file system that holds `fd` to the disk, and throws where that failed (Linux 5.8). */
export const syncFileSystem = (fd: number): void => {
  checked(syncfs(fd), "syncfs", `descriptor ${fd}`);
};
