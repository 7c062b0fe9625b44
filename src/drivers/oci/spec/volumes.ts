/** VOLUMEs of an image that no mount covers: directories in the container's own writable layer, as CRI-O's default has it. */
import { posix } from "node:path";
import { hostOwnerOf, hostRootOf, type IdMappings, type Owner } from "../../../vocabulary/index.ts";
import { isErrno } from "../../linux/libc.ts";
import { makeDirectoryInRoot } from "../../linux/openat2.ts";

/** Makes those that are missing, for the container's user, by the ids that the host knows.  Answers warnings about what cannot be a directory. */
export const makeVolumes = (
  rootfs: string,
  volumes: readonly string[],
  mountTargets: readonly string[],
  owner: Owner,
  users: IdMappings | false = false,
): readonly string[] =>
  volumes
    .filter((volume) => !mountTargets.some((target) => posix.join("/", target, "/") === posix.join("/", volume, "/")))
    .flatMap((volume) => {
      try {
        if (users) makeDirectoryInRoot(rootfs, volume, hostOwnerOf(users, owner), hostRootOf(users));
        else makeDirectoryInRoot(rootfs, volume, owner);
        return [];
      } catch (error) {
        if (!isErrno(error, "EEXIST", "ENOTDIR", "ELOOP", "ENAMETOOLONG")) throw error;
        return [`the image's volume "${volume}" is not there: a file or a broken link of the image is in its place`];
      }
    });
