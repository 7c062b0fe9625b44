/** The operator's settings for containers, as the driver that makes their configurations takes them. */
import type { ContainerSettings } from "../drivers/oci/container-settings.ts";
import { knownCapabilities } from "../drivers/oci/spec/capabilities.ts";
import { checkDefaultSysctls } from "../drivers/namespaces/pins.ts";
import { defaultLimits } from "../drivers/oci/spec/limits.ts";
import type { Settings } from "../settings.ts";

/** Where mounts.conf is if the settings do not say it; the operator's comes before the distribution's. */
const MOUNTS_FILES = ["/etc/containers/mounts.conf", "/usr/share/containers/mounts.conf"];

/** Throws Invalid for capabilities that Linux does not have. */
export const containerSettings = ({ containers, handlers }: Settings): Partial<ContainerSettings> => {
  const { capabilities, ulimits, env, mountsFile } = containers;
  const { additionalDevices, allowedDevices, deviceOwnership } = containers;
  const { cdiSpecDirs, hooksDirs, absentMountSourcesToReject, apparmorProfile } = containers;
  return {
    ...(capabilities && { defaultCapabilities: knownCapabilities(capabilities) }),
    limits: { ...defaultLimits, ...ulimits },
    env,
    additionalDevices,
    allowedDevices,
    deviceOwnership,
    cdiSpecDirs,
    hooksDirs,
    mountsFiles: mountsFile === undefined ? MOUNTS_FILES : [mountsFile],
    absentMountSourcesToReject,
    apparmorProfile,
    handlers: new Map(handlers.map((handler) => [handler.name, handler])),
  };
};

/** Throws Invalid for what only drivers know to be wrong: names of capabilities and of sysctls. */
export const checkSettings = (settings: Settings): void => {
  containerSettings(settings);
  checkDefaultSysctls(settings.containers.sysctls);
};
