/**
 * Id-mapped mounts (mount_setattr(2), Linux 5.12; as layers of an overlay 5.19): the files of a directory with other owners, as
 * a user namespace maps them. Nothing on the disk changes. A file system takes part or does not (EINVAL).
 */
import { closeSync, openSync } from "node:fs";
import { checked, declare } from "./libc.ts";

// By number: glibc has names for these only since 2.36.
const openTree = declare<(number: number, directory: number, path: string, flags: number) => number>(
  "long syscall(long number, int directory, const char *path, unsigned int flags)",
).bind(null, 428);
const moveMount = declare<
  (number: number, fd: number, from: string, directory: number, to: string, flags: number) => number
>("long syscall(long number, int fd, const char *from, int directory, const char *to, unsigned int flags)").bind(
  null,
  429,
);
const mountSetattr = declare<
  (number: number, fd: number, path: string, flags: number, attributes: Buffer, size: number) => number
>("long syscall(long number, int fd, const char *path, unsigned int flags, void *attributes, size_t size)").bind(
  null,
  442,
);

const [AT_FDCWD, AT_EMPTY_PATH] = [-100, 0x1000];
const [OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC] = [1, 0x80000];
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOUNT_ATTR_IDMAP = 0x100000;
const MS_PRIVATE = 0x40000;

/** Attached nowhere; ends with its descriptor. */
const openMapped = (source: string, userNamespace: number): number => {
  const fd = checked(openTree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree", source);
  try {
    const attributes = Buffer.alloc(32); // struct mount_attr: what is set, what is cleared, propagation, user namespace
    attributes.writeBigUInt64LE(BigInt(MOUNT_ATTR_IDMAP), 0);
    attributes.writeBigUInt64LE(BigInt(MS_PRIVATE), 16);
    attributes.writeBigUInt64LE(BigInt(userNamespace), 24);
    checked(mountSetattr(fd, "", AT_EMPTY_PATH, attributes, attributes.length), "mount_setattr idmap", source);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

const withNamespace = (path: string, work: (fd: number) => void): void => {
  const fd = openSync(path, "r");
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
};

/** `userNamespace`: a path, of a pin or in /proc. Throws SystemError: EINVAL where the file system does not take part. */
export const mountMapped = (source: string, target: string, userNamespace: string): void => {
  withNamespace(userNamespace, (namespace) => {
    const fd = openMapped(source, namespace);
    try {
      checked(moveMount(fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount", target);
    } finally {
      closeSync(fd);
    }
  });
};

/** Whether the file system of `directory` can be mounted so. Throws as `mountMapped`; nothing is mounted. */
export const tryMapped = (directory: string, userNamespace: string): void => {
  withNamespace(userNamespace, (namespace) => closeSync(openMapped(directory, namespace)));
};
