/** mount(2) and umount2(2), with the flags that Troupe uses. All of it is for our own, local mount points. */
import { mkdirSync } from "node:fs";
import { checked, declare, isErrno } from "./libc.ts";

/** Flags of mount(2). */
export const MS = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  bind: 0x1000,
  recursive: 0x4000,
  private: 0x40000,
  shared: 0x100000,
} as const;

const mountCall = declare<
  (source: string, target: string, type: string | null, flags: number, options: string | null) => number
>("int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)");
const umountCall = declare<(target: string, flags: number) => number>("int umount2(const char *target, int flags)");

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** mount(2) copies one page of options and says nothing about what it cut off. */
const optionsLimit = 4095;

/** Throws SystemError, and RangeError for options that the kernel would cut. */
export const mount = (source: string, target: string, type: string, flags: number, options = ""): void => {
  const length = Buffer.byteLength(options);
  if (length > optionsLimit)
    throw new RangeError(`mount options of ${target} are ${length} bytes long, the kernel reads ${optionsLimit}`);
  checked(mountCall(source, target, type, flags, options || null), "mount", target);
};

export const bindMount = (source: string, target: string): void => {
  checked(mountCall(source, target, null, MS.bind, null), "mount --bind", target);
};

/**
 * Unmounts all that is stacked at `target`; a path that is no mount point, or is not there, is fine.
 * `detach`: also while it is in use; it then ends with its last user. Throws SystemError (EBUSY only without `detach`).
 */
export const unmount = (target: string, { detach }: { readonly detach: boolean }): void => {
  for (;;)
    try {
      checked(umountCall(target, UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)), "umount", target);
    } catch (error) {
      if (isErrno(error, "EINVAL", "ENOENT")) return;
      throw error;
    }
};

/** Makes `directory` a shared mount of its own, as `ip netns` does with /run/netns: what is pinned there is seen by all. */
export const makeSharedDirectory = (directory: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const share = (): number => mountCall("", directory, "none", MS.shared | MS.recursive, null);
  try {
    checked(share(), "mount --make-rshared", directory);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error; // EINVAL: no mount point yet
    checked(mountCall(directory, directory, "none", MS.bind | MS.recursive, null), "mount --rbind", directory);
    checked(share(), "mount --make-rshared", directory);
  }
};
