/**
 * Overlay mounts with any number of lower directories, by two ways.
 *
 * Linux 6.7 and later: fsopen, `lowerdir+` once for each layer, fsmount, move_mount. Before: mount(2), whose option string the
 * kernel cuts silently at a page: then the upper directory may be lost and the host's root become a layer. There each directory
 * is named by a descriptor (`/proc/self/fd/N`), short enough for 200 layers, and the length is checked by `mount`.
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { checked, declare, isErrno } from "./libc.ts";
import { mount, MS } from "./mount.ts";

export interface Overlay {
  /** Topmost first, none twice (ELOOP), at least one; at least two where nothing can be written. */
  readonly lower: readonly string[];
  /** Absent: it is read-only. */
  readonly writable?: Writable;
  /** SELinux's, of all files in it. */
  readonly label?: string | undefined;
}

interface Writable {
  readonly upper: string;
  /** On the file system of `upper`. */
  readonly work: string;
  /** Nothing is synced, also not by umount. Such an upper directory cannot be mounted a second time. Linux 5.10. */
  readonly volatile: boolean;
}

export type OverlayApi = "fsconfig" | "mount";

// By number: glibc has names for these only since 2.36.
const fsopen = declare<(number: number, type: string, flags: number) => number>(
  "long syscall(long number, const char *type, unsigned int flags)",
).bind(null, 430);
const fsconfig = declare<
  (number: number, fd: number, command: number, key: string | null, value: string | null, aux: number) => number
>("long syscall(long number, int fd, unsigned int command, const char *key, const char *value, int aux)").bind(
  null,
  431,
);
const fsmount = declare<(number: number, fd: number, flags: number, attributes: number) => number>(
  "long syscall(long number, int fd, unsigned int flags, unsigned int attributes)",
).bind(null, 432);
const moveMount = declare<
  (number: number, fd: number, from: string, directory: number, to: string, flags: number) => number
>("long syscall(long number, int fd, const char *from, int directory, const char *to, unsigned int flags)").bind(
  null,
  429,
);

const [FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC, MOVE_MOUNT_F_EMPTY_PATH, AT_FDCWD] = [1, 1, 4, -100];
const MOUNT_ATTR_RDONLY = 1;
const [FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING, FSCONFIG_CMD_CREATE] = [0, 1, 6];
const O_PATH = 0o10000000;
/** fsconfig takes values of up to 255 bytes. */
const valueLimit = 255;

/** Opens descriptors that name directories shortly, until `work` is done. */
const withDescriptors = <Result>(work: (name: (directory: string) => string) => Result): Result => {
  const fds: number[] = [];
  try {
    return work((directory) => {
      const fd = openSync(directory, O_PATH | constants.O_DIRECTORY);
      fds.push(fd);
      return `/proc/self/fd/${fd}`;
    });
  } finally {
    for (const fd of fds) closeSync(fd);
  }
};

const withContext = <Result>(work: (context: number) => Result): Result => {
  const context = checked(fsopen("overlay", FSOPEN_CLOEXEC), "fsopen", "overlay");
  try {
    return work(context);
  } finally {
    closeSync(context);
  }
};

/** What the kernel noted down in the context: `e overlay: …`, one message a read. */
const kernelWords = (context: number): string => {
  const buffer = Buffer.alloc(1024);
  const words: string[] = [];
  try {
    for (let length; (length = readSync(context, buffer)) > 0;) words.push(buffer.toString("utf8", 0, length).trim());
  } catch {
    // ENODATA: that was the last one.
  }
  return words.join("; ");
};

const mountByFsconfig = (target: string, { lower, writable, label }: Overlay): void => {
  withDescriptors((name) =>
    withContext((context) => {
      const set = (key: string, directory: string): void => {
        const value = Buffer.byteLength(directory) > valueLimit ? name(directory) : directory;
        checked(fsconfig(context, FSCONFIG_SET_STRING, key, value, 0), `fsconfig ${key}`, directory);
      };
      try {
        for (const directory of lower) set("lowerdir+", directory);
        if (writable) set("upperdir", writable.upper);
        if (writable) set("workdir", writable.work);
        if (writable?.volatile)
          checked(fsconfig(context, FSCONFIG_SET_FLAG, "volatile", null, 0), "fsconfig", "volatile");
        if (label) checked(fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0), "fsconfig context", label);
        set("source", "overlay");
        checked(fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0), "fsconfig", "create");
        const attributes = writable ? 0 : MOUNT_ATTR_RDONLY;
        const fd = checked(fsmount(context, FSMOUNT_CLOEXEC, attributes), "fsmount", target);
        try {
          checked(moveMount(fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount", target);
        } finally {
          closeSync(fd);
        }
      } catch (error) {
        const words = kernelWords(context);
        if (words && error instanceof Error) error.message += ` (kernel: ${words})`;
        throw error;
      }
    }),
  );
};

const mountByMount = (target: string, { lower, writable, label }: Overlay): void => {
  withDescriptors((name) => {
    // Quoted, for there are commas in it.
    const context = label ? `,context="${label}"` : "";
    const lowers = `lowerdir=${lower.map(name).join(":")}`;
    if (!writable) return mount("overlay", target, "overlay", MS.readonly, `${lowers}${context}`);
    const { upper, work, volatile } = writable;
    const options = `${lowers},upperdir=${name(upper)},workdir=${name(work)}${context}`;
    try {
      mount("overlay", target, "overlay", 0, volatile ? `${options},volatile` : options);
    } catch (error) {
      // EINVAL: a kernel before 5.10 does not know `volatile`; whatever else it means, the second try says it again.
      if (!volatile || !isErrno(error, "EINVAL")) throw error;
      mount("overlay", target, "overlay", 0, options);
    }
  });
};

/**
 * `fsconfig` where this kernel takes `lowerdir+`. Asks it with a context that is never mounted. Before Linux 6.5 overlay takes
 * any key, and refuses what it does not know only when it is mounted.
 */
export const overlayApi = (): OverlayApi => {
  try {
    return withContext((context) => {
      const takes = (key: string): boolean => fsconfig(context, FSCONFIG_SET_STRING, key, "/", 0) === 0;
      return takes("lowerdir+") && !takes("no-such-key") ? "fsconfig" : "mount";
    });
  } catch (error) {
    if (isErrno(error, "ENOSYS", "EPERM")) return "mount"; // seccomp of a container answers EPERM
    throw error;
  }
};

/** Throws SystemError with what the kernel says about it. */
export const mountOverlay = (target: string, overlay: Overlay, api: OverlayApi): void => {
  if (api === "fsconfig") mountByFsconfig(target, overlay);
  else mountByMount(target, overlay);
};
