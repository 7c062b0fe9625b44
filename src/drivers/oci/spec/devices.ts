/** Device nodes of a container, and what its device cgroup lets it do with them. */
import { posix } from "node:path";
import { Invalid } from "../../../errors.ts";
import type { Device } from "../../../vocabulary/index.ts";
import type { FoundDevice } from "../host-paths.ts";
import type { DeviceNode, DeviceRule } from "./runtime-spec.ts";

export interface SpecDevices {
  readonly nodes: readonly DeviceNode[];
  readonly rules: readonly DeviceRule[];
}

/** A device of the pod, with the nodes that the host has at its path: several below a directory. */
export type FoundDevices = Device & { readonly found: readonly FoundDevice[] };

/**
 * `hostNodes`: all of the host's, for a privileged container, which may use every device there is. The nodes that each container
 * has (null, zero, tty …) are the OCI runtime's to add. Throws Invalid for what is no device.
 */
export const devices = (asked: readonly FoundDevices[], hostNodes: readonly FoundDevice[] | undefined): SpecDevices => {
  const own = asked.flatMap(nodesOf);
  if (hostNodes) {
    const all = new Map(
      [...hostNodes.filter(isShareable).map(asNode), ...own.map(({ node }) => node)].map((node) => [node.path, node]),
    );
    return { nodes: [...all.values()], rules: [{ allow: true, access: "rwm" }] };
  }
  return {
    nodes: own.map(({ node }) => node),
    rules: [{ allow: false, access: "rwm" }, ...own.map(({ rule }) => rule)],
  };
};

const nodesOf = (device: FoundDevices): { node: DeviceNode; rule: DeviceRule }[] => {
  const { hostPath, containerPath, permissions, found } = device;
  if (!/^[rwm]+$/.test(permissions))
    throw new Invalid(`device "${hostPath}" has permissions "${permissions}", which are not some of r, w and m`);
  if (found.length === 0) throw new Invalid(`device "${hostPath}" is neither a device node nor a directory with any`);
  return found.map((one) => {
    const path = posix.join(containerPath || hostPath, posix.relative(hostPath, one.path));
    const { type, major, minor } = one;
    return { node: { ...asNode(one), path }, rule: { allow: true, type, major, minor, access: permissions } };
  });
};

const asNode = ({ mode, ...device }: FoundDevice): DeviceNode => ({ ...device, fileMode: mode & 0o777 });

/** Each container has a console and a ptmx of its own. */
const isShareable = ({ path }: FoundDevice): boolean => path !== "/dev/console" && path !== "/dev/ptmx";
