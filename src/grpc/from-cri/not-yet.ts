/**
 * What a configuration may ask for and Troupe does not do yet, refused in words. It is asked of new requests only:
 * a configuration read back from disk was accepted once.
 */
import { Unimplemented } from "../../errors.ts";
import type { ContainerConfig, Mount } from "../messages/container-config.ts";
import type { PodSandboxConfig } from "../messages/sandbox.ts";
import { NamespaceMode, type NamespaceOption } from "../messages/security.ts";

export const refuseNotYetForSandbox = (config: PodSandboxConfig): void => {
  refuseUserNamespace(config.linux?.security_context?.namespace_options);
};

export const refuseNotYetForContainer = (config: ContainerConfig): void => {
  const options = config.linux?.security_context?.namespace_options;
  refuseUserNamespace(options);
  config.mounts.forEach(refuseNotYetForMount);
};

const refuseUserNamespace = (options: NamespaceOption | null | undefined): void => {
  if (options?.userns_options?.mode === NamespaceMode.POD)
    throw new Unimplemented("user namespaces are not there yet: leave hostUsers out of the pod");
};

const refuseNotYetForMount = (mount: Mount): void => {
  // The kubelet counts failures of image volumes by this first word.
  if (mount.image !== null)
    throw new Unimplemented(`ImageVolumeMountFailed: image volumes are not there yet; ${mount.container_path} is one`);
  if (mount.uidMappings.length + mount.gidMappings.length > 0)
    throw new Unimplemented(`mounts with mapped ids are not there yet; ${mount.container_path} has mappings`);
  if (mount.mount_options.length > 0)
    throw new Unimplemented(
      `mount options are not there yet; ${mount.container_path} has ${mount.mount_options.join(", ")}`,
    );
};
