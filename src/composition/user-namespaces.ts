/** Whether pods can have user namespaces of their own on this node, by handler. Tried once a boot, unless it failed. */
import { mkdirSync, statSync } from "node:fs";
import { nothingKept, type Answers } from "../drivers/linux/answers.ts";
import { tryMapped } from "../drivers/linux/idmapped-mount.ts";
import { inNewUserNamespace } from "../drivers/linux/user-namespace.ts";
import type { OciRuntime } from "../drivers/oci/runtime.ts";
import { atLeast } from "../drivers/oci/version.ts";
import { toFailure } from "../errors.ts";

const ids = [{ containerId: 0, hostId: 100_000, length: 65_536 }];

/**
 * Why this host has none; absent: it has. `layers`: a directory on the file system of the images' layers, made where it is not
 * there. Whether that can be mapped is tried; overlay over what is mapped is not, which mounts something.
 */
export const noUserNamespaces = async (
  layers: string,
  kernel: string,
  answers: Answers = nothingKept,
): Promise<string | undefined> => {
  if (!atLeast(kernel, "5.19")) return `overlay takes mapped layers from Linux 5.19 on; this is ${kernel}`;
  try {
    mkdirSync(layers, { recursive: true, mode: 0o700 });
    const question = `user namespaces of Linux ${kernel} over the file system ${statSync(layers).dev}`;
    await answers.to(question, async () => {
      await inNewUserNamespace({ uids: ids, gids: ids }, [], (pid) => tryMapped(layers, `/proc/${pid}/ns/user`));
      return "can be had";
    });
    return undefined;
  } catch (error) {
    return toFailure(error).text;
  }
};

/** Why a handler's pods have none. What an OCI runtime ignores in silence would show the pod's volumes as nobody's. */
export const refusalOf = (host: string | undefined, { features, path }: OciRuntime): string | undefined => {
  if (host !== undefined) return `this host cannot map the ids of files: ${host}`;
  if (features.idmappedMounts) return undefined;
  return `${path} does not map the ids of mounts, which crun does from 1.4.3 on and runc from 1.2`;
};
