/** Mounts and devices in Troupe's words. */
import { Invalid } from "../../errors.ts";
import type { Device, ImageVolume, Mount, MountOption } from "../../vocabulary/index.ts";
import { MountPropagation, type Device as CriDevice, type Mount as CriMount } from "../messages/container-config.ts";
import { absolutePath, insidePath, meaning, notEmpty, quoted } from "./field.ts";
import { idMappings } from "./namespaces.ts";

const propagations = {
  [MountPropagation.PROPAGATION_PRIVATE]: "private",
  [MountPropagation.PROPAGATION_HOST_TO_CONTAINER]: "hostToContainer",
  [MountPropagation.PROPAGATION_BIDIRECTIONAL]: "bidirectional",
} as const;

export const mount = (message: CriMount, n: number): Mount => {
  const field = `config.mounts[${n}]`;
  const propagation = meaning(`${field}.propagation`, message.propagation, propagations);
  if (message.recursive_read_only && (!message.readonly || propagation !== "private"))
    throw new Invalid(`${field}.recursive_read_only needs readonly and private propagation`);
  const image = imageVolume(field, message);
  if (image && propagation !== "private")
    throw new Invalid(`${field} is an image, of which nothing propagates: its propagation can only be private`);
  return {
    containerPath: absolutePath(`${field}.container_path`, message.container_path),
    hostPath: image ? "" : absolutePath(`${field}.host_path`, message.host_path),
    ...(image && { image }),
    readonly: message.readonly,
    recursiveReadOnly: message.recursive_read_only,
    propagation,
    ...(message.selinux_relabel && { selinuxRelabel: true }),
    ...mappings(field, message),
    ...options(field, message.mount_options),
  };
};

const imageVolume = (field: string, message: CriMount): ImageVolume | undefined => {
  const { image, image_sub_path: subPath } = message;
  if (image === null && subPath === "") return undefined;
  if (image === null) throw new Invalid(`${field}.image_sub_path is ${quoted(subPath)}, but there is no image`);
  if (message.host_path !== "") throw new Invalid(`${field} has a host_path and an image: it can be one of them`);
  if (!message.readonly) throw new Invalid(`${field} is an image, which can only be read: readonly has to be set`);
  return {
    image: notEmpty(`${field}.image.image`, image.image),
    userSpecifiedImage: image.user_specified_image,
    subPath: insidePath(`${field}.image_sub_path`, subPath),
  };
};

const mappings = (field: string, { uidMappings, gidMappings }: CriMount): Pick<Mount, "mappings"> => {
  if (uidMappings.length + gidMappings.length === 0) return {};
  if (uidMappings.length === 0 || gidMappings.length === 0)
    throw new Invalid(`${field} maps only users or only groups: it needs uidMappings and gidMappings`);
  const uids = idMappings(`${field}.uidMappings`, uidMappings);
  return { mappings: { uids, gids: idMappings(`${field}.gidMappings`, gidMappings) } };
};

const flags: readonly string[] = ["noexec", "nodev", "nosuid"] satisfies MountOption[];
const isFlag = (option: string): option is MountOption => flags.includes(option);

const options = (field: string, list: readonly string[]): Pick<Mount, "options"> =>
  list.length === 0 ? {} : { options: list.map((option, n) => flag(`${field}.mount_options[${n}]`, option)) };

const flag = (field: string, option: string): MountOption => {
  if (!isFlag(option)) throw new Invalid(`${field} is ${quoted(option)}: it may be ${flags.join(", ")}`);
  return option;
};

export const device = (message: CriDevice, n: number): Device => {
  const field = `config.devices[${n}]`;
  if (!/^[rwm]{0,3}$/.test(message.permissions))
    throw new Invalid(`${field}.permissions is ${quoted(message.permissions)}, which is more than r, w and m`);
  return {
    containerPath: absolutePath(`${field}.container_path`, message.container_path),
    hostPath: absolutePath(`${field}.host_path`, message.host_path),
    permissions: message.permissions || "rwm",
  };
};
