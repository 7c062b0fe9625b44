/**
 * What a configuration may ask for and Troupe does not do yet, refused in words. It is asked of new requests only:
 * a configuration read back from disk was accepted once.
 */
import { Unimplemented } from "../../errors.ts";
import type { ContainerConfig, Mount } from "../messages/container-config.ts";

export const refuseNotYetForContainer = (config: ContainerConfig): void => {
  config.mounts.forEach(refuseNotYetForMount);
};

const refuseNotYetForMount = (mount: Mount): void => {
  // The kubelet counts failures of image volumes by this first word.
  if (mount.image !== null)
    throw new Unimplemented(`ImageVolumeMountFailed: image volumes are not there yet; ${mount.container_path} is one`);
};
