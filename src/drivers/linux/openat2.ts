/**
 * Paths inside a container's root filesystem, resolved as the container would see them: absolute symbolic links and `..`
 * end at its root, whatever the image holds (openat2 with RESOLVE_IN_ROOT, Linux 5.6). For our own, local trees only.
 */
import { closeSync, constants, fstatSync, lchownSync, mkdirSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import type { Owner } from "../../vocabulary/index.ts";
import { checked, declare, isErrno } from "./libc.ts";

/** A descriptor that only names what it was opened for. */
export const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;
/** The same number on every architecture. */
const SYS_openat2 = 437;
/** A rename or mount anywhere on the host makes the kernel give up a `..` with EAGAIN: then it is simply asked again. */
const ATTEMPTS = 128;
const hostRoot: Owner = { uid: 0, gid: 0 };

const syscall = declare<(number: number, dir: number, path: string, how: Buffer, size: number) => number>(
  "long syscall(long number, long dir, const char *path, void *how, size_t size)",
);

/**
 * Opens `path` as a process chrooted into `root` would. The caller closes the descriptor.
 * Throws SystemError: ENOENT, ENOTDIR, ELOOP and what open(2) knows.
 */
export const openInRoot = (root: string, path: string, flags: number): number => {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), 16);
  const top = openSync(root, O_PATH | constants.O_DIRECTORY | O_CLOEXEC);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return checked(syscall(SYS_openat2, top, path, how, how.length), "openat2", `${path} in ${root}`);
      } catch (error) {
        if (!isErrno(error, "EAGAIN") || attempt === ATTEMPTS) throw error;
      }
    }
  } finally {
    closeSync(top);
  }
};

/**
 * The content of a regular file inside `root`, at most `maxBytes`; absent: there is no such file, or it is something else.
 * Throws RangeError for a larger file.
 */
export const readInRoot = (root: string, path: string, maxBytes: number): Buffer | undefined => {
  let found: number;
  try {
    // O_PATH first: merely opening a FIFO would block, and opening a device may do something.
    found = openInRoot(root, path, O_PATH);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(found);
    if (!stat.isFile()) return undefined;
    if (stat.size > maxBytes) throw new RangeError(`${path} has ${stat.size} bytes, more than ${maxBytes}`);
    return readWhole(`/proc/self/fd/${found}`, stat.size);
  } finally {
    closeSync(found);
  }
};

const readWhole = (path: string, size: number): Buffer => {
  const file = openSync(path, constants.O_RDONLY | O_CLOEXEC);
  try {
    const content = Buffer.alloc(size);
    return content.subarray(0, readSync(file, content, 0, size, 0));
  } finally {
    closeSync(file);
  }
};

/**
 * Makes the directory `path` inside `root` and what is missing above it, mode 0755; the last one is given to `owner`, those
 * above to `keeper`.
 * One that is there is left as it is. Throws EEXIST where a dangling symbolic link is in the way, ENOTDIR for a file.
 */
export const makeDirectoryInRoot = (root: string, path: string, owner: Owner, keeper = hostRoot): void => {
  const names = posix.normalize(`/${path}`).split("/").filter(Boolean);
  let above = openInRoot(root, "/", O_PATH | constants.O_DIRECTORY);
  try {
    for (const [index, name] of names.entries()) {
      const here = `/${names.slice(0, index + 1).join("/")}`;
      const next = openOrMake(
        root,
        here,
        `/proc/self/fd/${above}/${name}`,
        index === names.length - 1 ? owner : keeper,
      );
      closeSync(above);
      above = next;
    }
  } finally {
    closeSync(above);
  }
};

const openOrMake = (root: string, path: string, beneath: string, owner: Owner): number => {
  try {
    return openInRoot(root, path, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  mkdirSync(beneath, { mode: 0o755 });
  lchownSync(beneath, owner.uid, owner.gid);
  return openInRoot(root, path, O_PATH | constants.O_DIRECTORY);
};
