/** Looks up on the host what a container's configuration names there: mount sources, devices, profiles, and in the image its user. */
import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { failedBy, Invalid, Unavailable } from "../../errors.ts";
import type { Mount, SecurityProfile } from "../../vocabulary/index.ts";
import { O_PATH, openInRoot } from "../linux/openat2.ts";
import { parseMountInfo } from "../linux/mountinfo.ts";
import type { BundleRequest } from "./bundle.ts";
import { annotatedDevices, cdiEdits } from "./cdi/devices.ts";
import { noEdits } from "./cdi/edits.ts";
import type { Apparmor } from "./apparmor.ts";
import type { ContainerSettings } from "./container-settings.ts";
import { findDevices } from "./found-devices.ts";
import { hookDefinitions } from "./hook-definitions.ts";
import { checkHostPath, type HostPaths } from "./host-paths.ts";
import type { Host } from "./host.ts";
import { accountsIn } from "./spec/accounts.ts";
import type { FoundMount } from "./spec/mounts.ts";
import { checkPropagation } from "./spec/propagation.ts";
import { parseProfile } from "./spec/seccomp.ts";
import { confinement } from "./spec/confinement.ts";
import type { Found } from "./spec/spec.ts";
import { user } from "./spec/user.ts";

export interface FinderOptions {
  readonly paths: HostPaths;
  readonly settings: ContainerSettings;
  /** The file of the profile that RuntimeDefault means. */
  readonly seccompProfile: string;
  /** Where /proc/self/mountinfo is. */
  readonly mountinfo: string;
  readonly host: Pick<Host, "apparmor">;
  readonly apparmor: Apparmor;
}

/** Throws Invalid, Unavailable, Failed or Overdue with a sentence about what is missing. */
export const findOnHost = async (request: BundleRequest, options: FinderOptions): Promise<Found> => {
  const { config, image, rootfs, features, handler } = request;
  const { paths, settings, host, apparmor } = options;
  const { privileged, seccomp } = config.security;
  const cdiNames = [...config.cdiDevices, ...annotatedDevices(config.annotations)];
  const edits = cdiNames.length > 0 ? cdiEdits(cdiNames, settings.cdiSpecDirs) : noEdits;
  const hooks = hookDefinitions(settings.hooksDirs);
  const showsHost = privileged && !settings.handlers.get(handler)?.privilegedWithoutHostDevices;
  const found = { user: user(config.security.user, image.user, accountsIn(rootfs)) };
  const [volumes, devices, hostNodes, profile, confined] = await Promise.all([
    findVolumes(request, options),
    findDevices(request, edits.deviceNodes, settings, paths),
    showsHost ? paths.devices(["/dev"]) : undefined,
    privileged ? undefined : findProfile(seccomp, features.seccomp, options),
    confinement(config.security, settings.apparmorProfile, host, apparmor),
  ]);
  return {
    ...found,
    volumes,
    ...devices,
    edits,
    hooks,
    confinement: confined,
    ...(hostNodes ? { hostNodes: hostNodes.flat() } : {}),
    ...(profile ? { seccomp: profile } : {}),
  };
};

const findVolumes = async (
  { config: { mounts }, imageVolumes = [] }: BundleRequest,
  { paths, mountinfo, settings }: FinderOptions,
): Promise<FoundMount[]> => {
  const ofHost = mounts.filter(({ image }) => image === undefined);
  for (const { hostPath, containerPath } of ofHost) checkHostPath(hostPath, `of mount "${containerPath}"`);
  const hostPaths = ofHost.map(({ hostPath }) => hostPath);
  const sources = (await paths.sources(hostPaths, settings.absentMountSourcesToReject)).values();
  const images = imageVolumes.values();
  const volumes = mounts.map((mount) => ({
    ...mount,
    source: mount.image ? inImage(images.next().value ?? "", mount) : (sources.next().value ?? mount.hostPath),
  }));
  // Long on a full node, and most pods have no use for it.
  if (volumes.some(({ propagation }) => propagation !== "private")) {
    const hostMounts = parseMountInfo(readFileSync(mountinfo, "utf8"));
    for (const { source, propagation } of volumes) checkPropagation(source, propagation, hostMounts);
  }
  return volumes;
};

/** What its sub path leads to, whatever links the image has: never out of it. The image does not change any more. */
const inImage = (root: string, { containerPath, image }: Mount): string => {
  try {
    const fd = openInRoot(root, image?.subPath || "/", O_PATH);
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // The kubelet counts these by the first word.
    const what = `"${image?.subPath}" of image "${image?.image}" for ${containerPath}`;
    throw failedBy(`ImageVolumeMountFailed: ${what} cannot be had`, error);
  }
};

const findProfile = async (
  wanted: SecurityProfile,
  runtimeCan: boolean,
  { paths, seccompProfile }: FinderOptions,
): Promise<Found["seccomp"]> => {
  if (wanted.type === "unconfined") return undefined;
  if (!runtimeCan)
    throw new Invalid("a seccomp profile was asked for, but this handler's OCI runtime is built without seccomp");
  if (wanted.type === "localhost") {
    const source = wanted.localhostRef.replace(/^localhost\//, "");
    checkHostPath(source, "of the seccomp profile");
    return { profile: parseProfile(await paths.read(source), source), source };
  }
  return { profile: parseProfile(readDefault(seccompProfile), seccompProfile), source: seccompProfile };
};

const readDefault = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Unavailable(
      `the default seccomp profile ${path} cannot be read; install it (Debian: golang-github-containers-common) or set seccomp_profile`,
      error,
    );
  }
};
