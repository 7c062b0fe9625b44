/** Which namespaces are shared with whom. */
import { Invalid } from "../../errors.ts";
import type { NamespaceOptions } from "../../vocabulary/index.ts";
import { NamespaceMode as Mode, type NamespaceOption, type UserNamespace } from "../messages/security.ts";
import { meaning, notEmpty } from "./field.ts";

const shared = { [Mode.POD]: "pod", [Mode.NODE]: "node" } as const;
const process = { ...shared, [Mode.CONTAINER]: "container", [Mode.TARGET]: "target" } as const;

/** Without options all is shared in the pod, as the zero values say. */
export const namespaceOptions = (field: string, options: NamespaceOption | null): NamespaceOptions =>
  options === null ? unsaid : namespaces(field, options);

const unsaid: NamespaceOptions = { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false };

const namespaces = (field: string, options: NamespaceOption): NamespaceOptions => {
  const pid = meaning(`${field}.pid`, options.pid, process);
  return {
    network: meaning(`${field}.network`, options.network, shared),
    pid,
    ipc: meaning(`${field}.ipc`, options.ipc, shared),
    targetId: pid === "target" ? notEmpty(`${field}.target_id`, options.target_id) : "",
    userNamespace: userNamespace(`${field}.userns_options`, options.userns_options),
  };
};

const userNamespace = (field: string, options: UserNamespace | null): boolean => {
  if (options === null) return false;
  const own = meaning(`${field}.mode`, options.mode, shared) === "pod";
  const mappings = options.uids.length + options.gids.length;
  if (!own && mappings > 0) throw new Invalid(`${field} has mappings, but its mode NODE is the host's user namespace`);
  if (own && (options.uids.length !== 1 || options.gids.length !== 1))
    throw new Invalid(`${field} needs one mapping of users and one of groups`);
  return own;
};
