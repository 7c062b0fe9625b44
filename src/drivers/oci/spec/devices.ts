/** Device nodes of a container, and what its device cgroup lets it do with them. */
import { posix } from "node:path";
import { Invalid } from "../../../errors.ts";
import type { Device } from "../../../vocabulary/index.ts";
import type { FoundDevice } from "../host-paths.ts";
import type { CdiDeviceNode } from "../cdi/edits.ts";
import type { DeviceNode, DeviceRule } from "./runtime-spec.ts";

export interface SpecDevices {
  readonly nodes: readonly DeviceNode[];
  readonly rules: readonly DeviceRule[];
}

/** A device of the pod, with the nodes that the host has at its path: several below a directory. */
export interface FoundDevices extends Device {
  readonly found: readonly FoundDevice[];
  /** Absent: as on the host. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A node of a CDI device, of which all is known. */
export type FoundCdiNode = CdiDeviceNode & Pick<DeviceNode, "type" | "major" | "minor">;

/**
 * `hostNodes`: all of the host's, for a privileged container, which may use every device there is. The nodes that each container
 * has (null, zero, tty …) are the OCI runtime's to add. Throws Invalid for what is no device.
 */
export const devices = (
  asked: readonly FoundDevices[],
  hostNodes: readonly FoundDevice[] | undefined,
  cdi: readonly FoundCdiNode[] = [],
  user = { uid: 0, gid: 0 },
): SpecDevices => {
  const ofCdi = cdi.map((node) => cdiNode(node, user));
  // A device of CDI takes the place of another at its path.
  const others = asked.flatMap(nodesOf).filter(({ node }) => !cdi.some(({ path }) => path === node.path));
  const own = [...others, ...ofCdi];
  if (hostNodes) {
    const all = new Map(
      [...hostNodes.filter(isShareable).map(asNode), ...own.map(({ node }) => node)].map((node) => [node.path, node]),
    );
    return { nodes: [...all.values()], rules: [{ allow: true, access: "rwm" }] };
  }
  return {
    nodes: own.map(({ node }) => node),
    rules: [{ allow: false, access: "rwm" }, ...own.flatMap(({ rule }) => rule ?? [])],
  };
};

interface Shown {
  readonly node: DeviceNode;
  readonly rule?: DeviceRule;
}

/** By CDI's own words: what the document does not say of mode and owner is 0666 and the container's user. */
const cdiNode = (
  { path, type, major, minor, fileMode = 0o666, permissions, ...owner }: FoundCdiNode,
  user: { readonly uid: number; readonly gid: number },
): Shown => {
  const { uid = user.uid, gid = user.gid } = owner;
  const node = { path, type, major, minor, fileMode: fileMode & 0o777, uid, gid };
  return type === "p" ? { node } : { node, rule: { allow: true, type, major, minor, access: permissions } };
};

const nodesOf = (device: FoundDevices): Shown[] => {
  const { hostPath, containerPath, permissions, found, uid, gid } = device;
  const owner = { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
  if (!/^[rwm]+$/.test(permissions))
    throw new Invalid(`device "${hostPath}" has permissions "${permissions}", which are not some of r, w and m`);
  if (found.length === 0) throw new Invalid(`device "${hostPath}" is neither a device node nor a directory with any`);
  return found.map((one) => {
    const path = posix.join(containerPath || hostPath, posix.relative(hostPath, one.path));
    const { type, major, minor } = one;
    return { node: { ...asNode(one), ...owner, path }, rule: { allow: true, type, major, minor, access: permissions } };
  });
};

const asNode = ({ mode, ...device }: FoundDevice): DeviceNode => ({ ...device, fileMode: mode & 0o777 });

/** Each container has a console and a ptmx of its own. */
const isShareable = ({ path }: FoundDevice): boolean => path !== "/dev/console" && path !== "/dev/ptmx";
