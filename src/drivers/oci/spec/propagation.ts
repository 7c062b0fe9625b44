/** Mount propagation: whether the host's mount at a source can do what a pod asks. */
import { Invalid } from "../../../errors.ts";
import type { Mount } from "../../../vocabulary/index.ts";
import { mountOf, type MountEntry } from "../../linux/mountinfo.ts";

/** Throws Invalid where changes on the host could not reach the container, or the container's not the host. */
export const checkPropagation = (
  source: string,
  propagation: Mount["propagation"],
  mounts: readonly MountEntry[],
): void => {
  if (propagation === "private") return;
  const mount = mountOf(source, mounts);
  if (mount?.shared || (propagation === "hostToContainer" && mount?.slave)) return;
  const needed = propagation === "bidirectional" ? "shared" : "shared or slave";
  throw new Invalid(
    `path "${source}" is mounted on "${mount?.mountPoint ?? "/"}", which is not a ${needed} mount, ` +
      `as mount propagation ${propagation} needs; on the host: mount --make-rshared ${mount?.mountPoint ?? "/"}`,
  );
};

/** The root's propagation in the container: the strongest that a mount asks for, or none is written. */
export const rootPropagation = (mounts: readonly Pick<Mount, "propagation">[]): string | undefined => {
  if (mounts.some(({ propagation }) => propagation === "bidirectional")) return "rshared";
  if (mounts.some(({ propagation }) => propagation === "hostToContainer")) return "rslave";
  return undefined;
};
