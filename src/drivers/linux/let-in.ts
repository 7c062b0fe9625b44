/**
 * Ways into our directories for root of a pod's user namespace: an OCI runtime sets such a container up as that root, which is
 * nobody to the host. It may pass through, and can neither list nor write; all other users stay outside of `inner`.
 */
import { chmod, chown } from "node:fs/promises";
import type { Owner } from "../../vocabulary/index.ts";

/** `outer` holds a directory for each object, under a name that is an id; `inner` is one of them. */
export const letIn = async (outer: string, inner: string, { gid }: Owner): Promise<void> => {
  await chmod(outer, 0o711);
  await chown(inner, 0, gid);
  await chmod(inner, 0o710);
};
