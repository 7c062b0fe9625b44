/** Arithmetic of id mappings. */
import type { IdMapping, IdMappings } from "./configs.ts";

/** A user and a group. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What an id of the container's is on the host; absent: it is not mapped. */
export const hostIdOf = (mappings: readonly IdMapping[], id: number): number | undefined => {
  const found = mappings.find(({ containerId, length }) => id >= containerId && id < containerId + length);
  return found && found.hostId + (id - found.containerId);
};

/** Who is on the host what `owner` is inside; root of the namespace where one of the two is not mapped. */
export const hostOwnerOf = ({ uids, gids }: IdMappings, { uid, gid }: Owner): Owner => ({
  uid: hostIdOf(uids, uid) ?? hostIdOf(uids, 0) ?? 0,
  gid: hostIdOf(gids, gid) ?? hostIdOf(gids, 0) ?? 0,
});

export const hostRootOf = (mappings: IdMappings): Owner => hostOwnerOf(mappings, { uid: 0, gid: 0 });
