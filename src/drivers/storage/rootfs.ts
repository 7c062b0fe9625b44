/** Root filesystems of containers: overlay mounts of an image's layers under a writable layer. */
import type { ContainerId } from "../../vocabulary/index.ts";

export interface Rootfs {
  /** Mounts `layers` (directories, topmost first) with a fresh writable layer; answers the mount point. `label`: SELinux's, of all files. */
  mount(id: ContainerId, layers: readonly string[], label?: string): Promise<string>;
  /** Where `mount` puts it. */
  path(id: ContainerId): string;
  /** Unmounts and deletes the writable layer; what is not there is fine. Never blocks the loop for an umount's sync. */
  unmount(id: ContainerId): Promise<void>;
  /** Ids that have a directory or a mount here: those without a record are debris. */
  list(): Promise<readonly ContainerId[]>;
}
