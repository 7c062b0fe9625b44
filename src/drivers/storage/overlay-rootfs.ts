/**
 * Root filesystems by overlayfs. `DIR/ID` holds `upper` and `work` (the writable layer) and `rootfs` (the mount point), and in
 * `volumes` the mount points of images that the container sees besides its own.
 *
 * An upper directory serves one mount and is never used again: the kernel refuses a volatile one a second time.
 */
import { chmod, chown, mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { failedBy } from "../../errors.ts";
import { hostOwnerOf, hostRootOf, shortId, type ContainerId } from "../../vocabulary/index.ts";
import { letIn } from "../linux/let-in.ts";
import { isErrno } from "../linux/libc.ts";
import { unmount } from "../linux/mount.ts";
import { mountOverlay, overlayApi, type Overlay, type OverlayApi } from "../linux/overlay.ts";
import { detachAll, withMappedLayers } from "./mapped-layers.ts";
import type { MappedUsers, Rootfs } from "./rootfs.ts";

export interface OverlayRootfsOptions {
  /** Ours alone; made if it is not there. */
  readonly dir: string;
  /** No fsync of a container reaches the disk: fast, and after a crash of the host the layer is worthless, as it is anyway. */
  readonly volatile: boolean;
  /** Absent: the better one of those that this kernel has. */
  readonly api?: OverlayApi;
}

const missingIsFine = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
};

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    },
  );

/** Everything at and beneath `target`, at once; what is in use there ends with its last user. */
const detach = (target: string): void => {
  unmount(target, { detach: true });
};

/** A volatile overlay has nothing to sync: its umount costs what its cached names cost (5 ms for 3,000 files). */
const unmountVolatile = (target: string): void => {
  try {
    unmount(target, { detach: false });
  } catch (error) {
    if (!isErrno(error, "EBUSY")) throw error;
    detach(target);
  }
};

/** Any other overlay syncs its whole writable layer in umount (70 ms for 110 MB, and for ever on a frozen disk): a child's work. */
const unmountSyncing = async (target: string): Promise<void> => {
  const { execa } = await import("execa"); // seldom needed, and a megabyte
  const { failed } = await execa("umount", [target], { reject: false, stdin: "ignore" });
  if (failed) detach(target); // in use, or umount(8) is missing
};

/** What else lies in the directory is not ours to delete. */
const isId = (name: string): name is ContainerId => /^[0-9a-f]{64}$/.test(name);

/** Where layers are attached for the moment in which they are mounted with other owners. */
const borrowed = "layers";
const volumes = "volumes";

/** The overlay driver puts this mark into the work directory of a volatile mount. */
const volatileMark = "work/work/incompat/volatile";

/** Of a container whose root is mounted: what it has changed, and a place of its own on the same disk that goes with it. */
export const besideRootfs = (dir: string) => ({
  changes: (id: ContainerId): string => join(dir, id, "upper"),
  staging: (id: ContainerId): string => join(dir, id, "checkpoint"),
});

export const overlayRootfs = ({ dir, volatile, api }: OverlayRootfsOptions): Rootfs => {
  const home = (id: ContainerId): string => join(dir, id);
  const path = (id: ContainerId): string => join(dir, id, "rootfs");
  const volume = (id: ContainerId, index: number): string => join(dir, id, volumes, String(index));
  let chosen = api;

  const release = async (id: ContainerId): Promise<void> => {
    const [inside, outside] = await Promise.all([stat(path(id)), stat(home(id))]);
    if (inside.dev !== outside.dev) {
      if (await exists(join(home(id), volatileMark))) unmountVolatile(path(id));
      else await unmountSyncing(path(id));
    }
    // Drops the copies of this mount that other mount namespaces hold. It also proves that nothing is mounted here
    // any more, before all that lies here is deleted: a directory with something in it stays.
    await rmdir(path(id));
  };

  const unmountRootfs = async (id: ContainerId): Promise<void> => {
    try {
      for (const place of [borrowed, volumes]) detachAll(join(home(id), place));
      await missingIsFine(release(id));
      await rm(home(id), { recursive: true, force: true });
    } catch (error) {
      throw failedBy(`cannot remove the root filesystem of container ${shortId(id)}`, error);
    }
  };

  /** Fresh directories for one mount; answers the lower ones. */
  const prepare = async (
    id: ContainerId,
    layers: readonly string[],
    users?: MappedUsers,
  ): Promise<readonly string[]> => {
    try {
      await mkdir(home(id), { mode: 0o700 });
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
      await unmountRootfs(id); // of an attempt that did not end
      await mkdir(home(id), { mode: 0o700 });
    }
    if (users) await letIn(dir, home(id), hostRootOf(users.mappings));
    const lower = layers.length > 0 ? [...new Set(layers)] : [join(home(id), "empty")];
    await mkdir(join(home(id), "empty"));
    for (const name of ["upper", "work", "rootfs"]) await mkdir(join(home(id), name));
    // The root directory that the container sees has the owner and the mode of the upper one.
    const top = await stat(lower[0] ?? home(id));
    const { uid, gid } = users ? hostOwnerOf(users.mappings, top) : top;
    await chown(join(home(id), "upper"), uid, gid);
    await chmod(join(home(id), "upper"), layers.length > 0 ? top.mode & 0o7777 : 0o755);
    return lower;
  };

  const mountOver = (id: ContainerId, target: string, users: MappedUsers | undefined, overlay: Overlay): void => {
    const by = (chosen ??= overlayApi());
    if (!users) mountOverlay(target, overlay, by);
    else
      withMappedLayers(join(home(id), borrowed), overlay.lower, users, (lower) =>
        mountOverlay(target, { ...overlay, lower }, by),
      );
  };

  /** Overlay takes no single layer without a writable one. */
  const mountVolume = async (id: ContainerId, target: string, users: MappedUsers | undefined, image: Overlay) => {
    await mkdir(target, { recursive: true });
    mountOver(id, target, users, { ...image, lower: [...new Set(image.lower), join(home(id), "empty")] });
  };

  return {
    path,
    volume,
    unmount: unmountRootfs,

    mount: async (id, layers, { users, volumes: images = [], label } = {}) => {
      try {
        // Others must not find setuid programs in here.
        await mkdir(dir, { recursive: true, mode: 0o700 });
        const lower = await prepare(id, layers, users);
        const [upper, work] = [join(home(id), "upper"), join(home(id), "work")];
        mountOver(id, path(id), users, { lower, writable: { upper, work, volatile }, label });
        for (const [index, image] of images.entries())
          await mountVolume(id, volume(id, index), users, { lower: image, label });
        return path(id);
      } catch (error) {
        throw failedBy(`cannot mount ${layers.length} layers for container ${shortId(id)}`, error);
      }
    },

    list: async () => {
      try {
        return (await readdir(dir)).filter(isId);
      } catch (error) {
        if (isErrno(error, "ENOENT")) return [];
        throw error;
      }
    },
  };
};
