/**
 * An image's layers with the owners that a pod's user namespace gives them. Overlay takes private copies of what it is mounted
 * over, so that each is attached in a directory of the container's for that moment alone.
 */
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { IdMappings } from "../../vocabulary/index.ts";
import { mountMapped } from "../linux/idmapped-mount.ts";
import { isErrno } from "../linux/libc.ts";
import { unmount } from "../linux/mount.ts";

/** A pod's own user namespace. */
export interface MappedUsers {
  /** Path of its pin. */
  readonly namespace: string;
  readonly mappings: IdMappings;
}

/** `place`: of ours, made for it. Answers what `work` does with the paths of the layers; they are gone afterwards. */
export const withMappedLayers = <Result>(
  place: string,
  layers: readonly string[],
  { namespace }: MappedUsers,
  work: (layers: readonly string[]) => Result,
): Result => {
  mkdirSync(place, { mode: 0o700 });
  try {
    return work(
      layers.map((layer, index) => {
        const target = join(place, String(index));
        mkdirSync(target);
        mountMapped(layer, target, namespace);
        return target;
      }),
    );
  } finally {
    detachAll(place);
  }
};

/** Unmounts each directory in `place` and removes it. What is still mounted is never deleted: rmdir fails. None is fine. */
export const detachAll = (place: string): void => {
  try {
    for (const name of readdirSync(place)) {
      unmount(join(place, name), { detach: true });
      rmdirSync(join(place, name));
    }
    rmdirSync(place);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
};
