/**
 * cgroupsPath of the runtime-spec, in the form of each cgroup driver, and the directory that it means:
 *
 *   cgroupfs   /kubepods/burstable/podX/troupe-ID      the directory itself
 *   systemd    kubepods-podX.slice:troupe:ID           /kubepods.slice/kubepods-podX.slice/troupe-ID.scope
 */
import { posix } from "node:path";
import { Invalid } from "../../errors.ts";
import type { CgroupDriver } from "./cgroups.ts";

/** The cgroupsPath of container `id` under the kubelet's cgroup parent. Throws Invalid where that does not fit the driver. */
export const composePath = (driver: CgroupDriver, prefix: string, parent: string, id: string): string => {
  const slice = parent.endsWith(".slice");
  if (driver === "systemd") {
    if (parent !== "" && !slice)
      throw new Invalid(
        `cgroup parent "${parent}" is not a slice, but this node's cgroup driver is systemd; give the kubelet the same cgroupDriver`,
      );
    return `${posix.basename(parent) || "system.slice"}:${prefix}:${id}`;
  }
  if (slice)
    throw new Invalid(
      `cgroup parent "${parent}" is a systemd slice, but this node's cgroup driver is cgroupfs; give the kubelet the same cgroupDriver`,
    );
  return posix.join(parentDirectory(prefix, parent), `${prefix}-${id}`);
};

/** Where a cgroupfs parent lies below each hierarchy; "" is the parent of containers for which the kubelet gave none. */
export const parentDirectory = (prefix: string, parent: string): string => {
  if (parent.split("/").includes("..")) throw new Invalid(`cgroup parent "${parent}" has a ".." in it`);
  return posix.join("/", parent === "" ? prefix : parent);
};

/** The directory below each hierarchy that a cgroupsPath of ours means. Throws Invalid for one that is not ours to remove. */
export const directoryOf = (prefix: string, cgroupsPath: string): string => {
  const [slice, kind, id] = cgroupsPath.split(":");
  const directory =
    slice !== undefined && kind !== undefined && id !== undefined
      ? posix.join(sliceDirectory(slice), `${kind}-${id}.scope`)
      : posix.join("/", cgroupsPath);
  if (!posix.basename(directory).startsWith(`${prefix}-`))
    throw new Invalid(`cgroup "${cgroupsPath}" is not one of a container: its name does not begin with "${prefix}-"`);
  return directory;
};

/** systemd.slice(5): `a-b.slice` lies in `a.slice`, and `-.slice` is the root. */
export const sliceDirectory = (slice: string): string => {
  const parts = slice
    .replace(/\.slice$/, "")
    .split("-")
    .filter(Boolean);
  return posix.join("/", ...parts.map((_, index) => `${parts.slice(0, index + 1).join("-")}.slice`));
};
