/** Which namespaces are shared with whom. */
import { Invalid } from "../../errors.ts";
import type { IdMapping, IdMappings, NamespaceOptions } from "../../vocabulary/index.ts";
import {
  NamespaceMode as Mode,
  type IDMapping,
  type NamespaceOption,
  type UserNamespace,
} from "../messages/security.ts";
import { meaning, notEmpty } from "./field.ts";

const shared = { [Mode.POD]: "pod", [Mode.NODE]: "node" } as const;
const process = { ...shared, [Mode.CONTAINER]: "container", [Mode.TARGET]: "target" } as const;

/** Without options all is shared in the pod, as the zero values say. */
export const namespaceOptions = (field: string, options: NamespaceOption | null): NamespaceOptions =>
  options === null ? unsaid : namespaces(field, options);

const unsaid: NamespaceOptions = { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false };

const namespaces = (field: string, options: NamespaceOption): NamespaceOptions => {
  const pid = meaning(`${field}.pid`, options.pid, process);
  const ipc = meaning(`${field}.ipc`, options.ipc, shared);
  const own = userNamespace(`${field}.userns_options`, options.userns_options);
  // Nobody but the host's root may mount these, or look into them.
  if (own && (pid === "node" || ipc === "node"))
    throw new Invalid(
      `${field} has a user namespace of its own, which cannot share the host's ${pid === "node" ? "processes" : "ipc"}`,
    );
  return {
    network: meaning(`${field}.network`, options.network, shared),
    pid,
    ipc,
    targetId: pid === "target" ? notEmpty(`${field}.target_id`, options.target_id) : "",
    userNamespace: own,
  };
};

const userNamespace = (field: string, options: UserNamespace | null): IdMappings | false => {
  if (options === null) return false;
  const own = meaning(`${field}.mode`, options.mode, shared) === "pod";
  const mappings = options.uids.length + options.gids.length;
  if (!own && mappings > 0) throw new Invalid(`${field} has mappings, but its mode NODE is the host's user namespace`);
  if (!own) return false;
  if (options.uids.length !== 1 || options.gids.length !== 1)
    throw new Invalid(`${field} needs one mapping of users and one of groups`);
  const [uids, gids] = [idMappings(`${field}.uids`, options.uids), idMappings(`${field}.gids`, options.gids)];
  if ([...uids, ...gids].some(({ containerId }) => containerId !== 0))
    throw new Invalid(`${field} maps no id 0: a container without root cannot be set up`);
  return { uids, gids };
};

/** 2^32 - 1 is the kernel's "no id". */
const idLimit = 2 ** 32 - 1;

export const idMappings = (field: string, mappings: readonly IDMapping[]): readonly IdMapping[] =>
  mappings.map(({ container_id: containerId, host_id: hostId, length }, n) => {
    if (length === 0) throw new Invalid(`${field}[${n}].length is 0`);
    if (Math.max(containerId, hostId) + length > idLimit)
      throw new Invalid(`${field}[${n}] goes beyond the last id, ${idLimit - 1}`);
    return { containerId, hostId, length };
  });
