/** Devices of a container, looked up on the host: the pod's, those of its annotation, the node's for all, and those of CDI. */
import { Invalid, quoted } from "../../errors.ts";
import { podAnnotation, type Device } from "../../vocabulary/index.ts";
import type { BundleRequest } from "./bundle.ts";
import type { CdiDeviceNode } from "./cdi/edits.ts";
import type { ContainerSettings } from "./container-settings.ts";
import { checkHostPath, type FoundDevice, type HostPaths } from "./host-paths.ts";
import type { FoundCdiNode, FoundDevices } from "./spec/devices.ts";

export type DeviceSettings = Pick<
  ContainerSettings,
  "additionalDevices" | "allowedDevices" | "deviceOwnership" | "handlers"
>;

export interface DevicesFound {
  readonly devices: readonly FoundDevices[];
  readonly cdiNodes: readonly FoundCdiNode[];
}

/** Throws Invalid for a device that the pod may not ask for or that is none, Failed or Overdue for what cannot be looked at. */
export const findDevices = async (
  request: Pick<BundleRequest, "config" | "sandbox" | "handler">,
  cdi: readonly CdiDeviceNode[],
  settings: DeviceSettings,
  paths: HostPaths,
): Promise<DevicesFound> => {
  const { config } = request;
  const own = config.devices.map((device) => ({ ...device, ...ownerOf(request, settings) }));
  const asked = distinct([...own, ...annotated(request, settings), ...settings.additionalDevices]);
  for (const { hostPath, containerPath } of asked) checkHostPath(hostPath, `of device "${containerPath}"`);
  const unknown = cdi.filter(isUnknown);
  const found = await paths.devices([...asked.map(({ hostPath }) => hostPath), ...unknown.map(hostPathOf)]);
  const ofCdi = new Map(unknown.map((node, index) => [node, found[asked.length + index]?.[0]]));
  return {
    devices: asked.map((device, index) => ({ ...device, found: found[index] ?? [] })),
    cdiNodes: cdi.map((node) => foundNode(node, ofCdi.get(node))),
  };
};

/** KEP: a program that is not root can open what it was given. */
const ownerOf = ({ config }: Pick<BundleRequest, "config">, { deviceOwnership }: DeviceSettings) => {
  const { uid, gid } = config.security.user;
  return deviceOwnership ? { ...(uid && { uid }), ...(gid && { gid }) } : {};
};

/** The first one for each path in the container. */
const distinct = <Asked extends Device>(devices: readonly Asked[]): readonly Asked[] =>
  devices.filter(
    ({ containerPath }, index) => devices.findIndex((other) => other.containerPath === containerPath) === index,
  );

/** `HOST[:CONTAINER][:PERMISSIONS]`, with commas between them. */
const annotated = (
  { config, sandbox, handler }: Pick<BundleRequest, "config" | "sandbox" | "handler">,
  { allowedDevices, handlers }: DeviceSettings,
): readonly Device[] => {
  const allowed = handlers.get(handler)?.allowedAnnotations ?? [];
  const text = podAnnotation("devices.crio.io", sandbox.annotations, allowed, config.name) ?? "";
  return text
    .split(",")
    .filter((word) => word.trim() !== "")
    .map((word) => {
      const [, hostPath = "", containerPath = hostPath, permissions = "rwm"] =
        /^(\/[^:]+)(?::(\/[^:]+))?(?::([rwm]{1,3}))?$/.exec(word.trim()) ?? [];
      if (hostPath === "")
        throw new Invalid(
          `the pod's annotation asks for the device ${quoted(word)}; it is to be HOST[:CONTAINER][:rwm]`,
        );
      if (!allowedDevices.includes(hostPath))
        throw new Invalid(`the pod's annotation asks for ${hostPath}, which is not among the node's allowed_devices`);
      return { hostPath, containerPath, permissions };
    });
};

const hostPathOf = ({ path, hostPath = path }: CdiDeviceNode): string => hostPath;

/** CDI: what a node is, is asked of the host where the document does not say it. */
const isUnknown = ({ type, major }: CdiDeviceNode): boolean =>
  type === undefined || (type !== "p" && major === undefined);

const foundNode = (node: CdiDeviceNode, found: FoundDevice | undefined): FoundCdiNode => {
  const type = node.type ?? found?.type;
  if (type === undefined || (isUnknown(node) && found?.type !== type))
    throw new Invalid(`a CDI device has the node ${hostPathOf(node)}, which is no such device on this host`);
  return { ...node, type, major: node.major ?? found?.major ?? 0, minor: node.minor ?? found?.minor ?? 0 };
};
