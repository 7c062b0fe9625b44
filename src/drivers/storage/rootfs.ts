/** Root filesystems of containers: overlay mounts of an image's layers under a writable layer. */
import type { ContainerId } from "../../vocabulary/index.ts";
import type { MappedUsers } from "./mapped-layers.ts";

export type { MappedUsers };

export interface RootfsOptions {
  /** Absent: files have the owners that the layers give them. */
  readonly users?: MappedUsers | undefined;
  /** The layers of images that are mounted beside it as they are, to be read only; topmost first. */
  readonly volumes?: readonly (readonly string[])[];
  /** SELinux's, of all files. */
  readonly label?: string | undefined;
}

export interface Rootfs {
  /** Mounts `layers` (directories, topmost first) with a fresh writable layer; answers the mount point. */
  mount(id: ContainerId, layers: readonly string[], options?: RootfsOptions): Promise<string>;
  /** Where `mount` puts it. */
  path(id: ContainerId): string;
  /** Where `mount` puts the volume that has this place in the list. */
  volume(id: ContainerId, index: number): string;
  /** Unmounts and deletes the writable layer; what is not there is fine. Never blocks the loop for an umount's sync. */
  unmount(id: ContainerId): Promise<void>;
  /** Ids that have a directory or a mount here: those without a record are debris. */
  list(): Promise<readonly ContainerId[]>;
}
